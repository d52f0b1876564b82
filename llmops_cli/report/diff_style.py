"""How the page of a diff looks: light and dark, no font or picture from elsewhere."""

STYLE = """\
:root { color-scheme: light dark; --ink: #1c2128; --paper: #ffffff; --soft: #57606a; --line: #d0d7de; --field: #f6f8fa;
  --add: #0a5323; --add-field: #d7f5df; --del: #8a1220; --del-field: #ffe1e0; --minor: #7a4d00; --patch: #0a4f8a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9aa5b1; --line: #343b44;
  --field: #161b22; --add: #8be9a5; --add-field: #12361f; --del: #ffb4ae; --del-field: #4a1518; --minor: #f0c15d;
  --patch: #8cc8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
a { color: inherit; }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--patch); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; }
h2 { font-size: 1.15rem; overflow-wrap: anywhere; }
.class { font-size: .8rem; font-weight: 600; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; }
.breaking, del { color: var(--del); }
.minor { color: var(--minor); }
.patch { color: var(--patch); }
.none, .sides, dt, summary, figcaption { color: var(--soft); }
.bump { float: right; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
.text { background: var(--field); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem;
  white-space: pre-wrap; overflow-wrap: anywhere; font: .9rem/1.5 ui-monospace, monospace; }
del { background: var(--del-field); text-decoration: line-through; }
ins { background: var(--add-field); color: var(--add); text-decoration: underline; }
details { display: inline; }
summary { display: inline; cursor: pointer; }
@media print { details > summary { display: none; } details > span { display: inline; } }
"""
