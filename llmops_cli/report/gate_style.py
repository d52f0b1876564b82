"""How the page of a gate looks: wide tables, which become cards where the window is narrow."""

from llmops_cli.report.diff_style import STYLE as COMMON

STYLE = (
    COMMON
    + """\
body { max-width: 84rem; }
h1 { margin-bottom: .2rem; }
h1.bad, .bad { color: var(--del); }
h1.good, .good { color: var(--add); }
h1.warn, .warn { color: var(--minor); }
h3 { font-size: 1rem; overflow-wrap: anywhere; margin-bottom: .3rem; }
header p { margin: .2rem 0; overflow-wrap: anywhere; }
.lead { font-size: 1.15rem; }
code { font: .9em/1.4 ui-monospace, monospace; background: var(--field); border: 1px solid var(--line);
  border-radius: .3rem; padding: 0 .3rem; overflow-wrap: anywhere; }
.verdict { font-weight: 600; white-space: nowrap; }
.next { list-style: none; padding: 0; }
.next li { margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; overflow-wrap: normal; }
td.figure { white-space: nowrap; font-variant-numeric: tabular-nums; }
td ul { margin: 0; padding-left: 1rem; }
td.rule { font-weight: 600; }
td.name { min-width: 6rem; }
td.why { min-width: 13rem; }
.wide { overflow-x: auto; }
td.said { white-space: pre-wrap; font-family: ui-monospace, monospace; }
.ids { color: var(--soft); overflow-wrap: anywhere; }
figure svg { display: block; }
@media (max-width: 76rem) {
  thead { position: absolute; left: -999rem; }
  table, tbody, tr, td { display: block; }
  tr { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .6rem; margin: .6rem 0; }
  td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .6rem; border: 0; padding: .1rem 0; }
  td::before { content: attr(data-label); color: var(--soft); font: 400 1em system-ui, sans-serif; }
  td:empty { display: none; }
  td.figure { white-space: normal; }
  td.name, td.why { min-width: 0; }
  dl { grid-template-columns: minmax(0, 1fr); }
  dd { margin-bottom: .5rem; }
}
"""
)
