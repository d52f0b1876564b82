"""Whether the scores of these cases moved: runs are permuted within their case, exactly where scores pass or fail."""

from collections import Counter
from collections.abc import Iterator, Mapping

from llmops_cli.compare.exact import Table, permutation_p
from llmops_cli.compare.pairs import Paired
from llmops_cli.compare.permuted import Runs, permuted_p
from llmops_cli.compare.stats import PValues


def moved(paired: Paired, *, strict: bool = False) -> PValues:
    """Return the one-sided p-values; `strict` as in `permutation_p`."""
    if not paired.binary:
        return permuted_p((pair.base, pair.head) for pair in paired.pairs)
    tables = (
        Table(round(sum(pair.base)), len(pair.base), round(sum(pair.head)), len(pair.head)) for pair in paired.pairs
    )
    return permutation_p(tables, strict=strict)


def weighted(paired: Paired, clusters: Mapping[str, str]) -> Iterator[Runs]:
    """Yield each case's runs, divided by the number of cases in its cluster, so that clusters count alike."""
    sizes = Counter(clusters.get(pair.case, "") for pair in paired.pairs)
    for pair in paired.pairs:
        name = clusters.get(pair.case, "")
        size = sizes[name] if name else 1
        yield [value / size for value in pair.base], [value / size for value in pair.head]
