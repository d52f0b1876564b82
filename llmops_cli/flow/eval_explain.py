"""Which part of an edit broke its cases: hunks are put onto the base a few at a time, and those cases asked."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from llmops_cli.flow.changes import Pair
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.explaining import Search
from llmops_cli.flow.project import Project
from llmops_cli.flow.routes import route
from llmops_cli.flow.scene import scene
from llmops_cli.flow.search_again import Step, go_on, sight, wider
from llmops_cli.flow.search_ends import capped
from llmops_cli.flow.what_broke import Ends, ExplainWish, command, lost_of, most_broken
from llmops_cli.model.explained import Asked, Explained
from llmops_cli.model.run import Result

OnResult = Callable[[str, Result], None]


def explain(project: Project, wish: ExplainWish, on_result: OnResult | None = None) -> Explained:
    """Return what broke. Raises `IncompleteError` where the two ends would take more calls than may be made."""
    found = scene(project, base=wish.base, head="", prompts=(wish.prompt,))
    told = Explained("nothing", Asked(wish.prompt), found.where.base, found.where.why)
    pair = next(iter(found.pairs), None)
    if pair is None or pair.same or pair.before is None or pair.after is None:
        return replace(told, reason=_why_nothing(pair))
    name = pair.id
    with Desk.open(project, found.policy, found.where, mode=wish.mode, limits=wish.limits) as desk:
        lost = lost_of(pair, Ends(found, pair.before, pair.after, desk), wish)
    wish = replace(wish, limits=capped(wish.limits, found.policy, lost))
    with Desk.open(project, found.policy, found.where, mode=wish.mode, limits=wish.limits) as desk:
        desk.check([route(pair.after.model, found.head_settings, project.environment, found.trusted)])
        ends = Ends(found, pair.before, pair.after, desk)

        def tell(row: Result) -> None:
            if on_result:
                on_result(name, row)

        broken = most_broken(pair, ends, wish, tell)
        others = tuple(spec.name for spec in broken.bout.bench.specs if spec.gate and spec.name != broken.scorer)
        asked = Asked(name, broken.bout.evalset.id, broken.scorer, broke=len(broken.found.cases), others=others)
        search = Search(broken, ends, wish, tell)
        told = search.run(replace(told, asked=asked, fall=broken.fall))
        saved = max(0, told.asked.one_by_one - desk.calls.live)
        calls, again = replace(desk.calls, saved=saved), tuple(_next(search, told))
        return replace(told, asked=replace(told.asked, calls=calls, cost_usd=desk.cost_usd, again=again))


def _next(search: Search, told: Explained) -> Iterator[Step]:
    """Yield what helps where the search gave no answer."""
    wish = search.wish
    given, cap = command(wish), wish.limits.max_calls or 0
    match told.state:
        case "stopped":
            yield from go_on(given, search.stopped, cap=cap, needed=search.needed)
        case "unsure" | "flaky" if told.by == "cases":
            yield from wider(given, cases=wish.cases, broke=told.asked.broke, runs=wish.runs, cap=cap)
        case "diffuse" | "unsure" | "flaky":
            if told.by == "means" and told.hunks > 1:
                yield "make the edit in smaller steps, a commit each, and judge each:", ("llmops", "gate", wish.prompt)
            yield sight(given)
        case _:
            return


def _why_nothing(pair: Pair | None) -> str:
    if pair is None or pair.same:
        return "the prompt is the same on both sides"
    if pair.before is None:
        return "the base does not have this prompt: nothing of it can have broken"
    return "the prompt is removed"
