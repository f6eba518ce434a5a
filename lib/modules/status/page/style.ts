/** The page's style: colours for light and dark with enough contrast for small text in both, room for a phone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f5f6f8;
  --panel: #ffffff;
  --sunk: #eef1f4;
  --ink: #1a2027;
  --faint: #55606b;
  --line: #d8dee4;
  --link: #0a58a6;
  --first: #1767b5;
  --second: #b3590a;
  --area: #dbe8f5;
  --good: #17692f;
  --good-back: #e0f2e5;
  --warn: #7a4d00;
  --warn-back: #fbefd2;
  --bad: #a61b13;
  --bad-back: #fce6e4;
  --idle-back: #e3e8ed;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #101418;
    --panel: #181d23;
    --sunk: #20262d;
    --ink: #e4e8ec;
    --faint: #9da8b3;
    --line: #2e363f;
    --link: #83bdf5;
    --first: #6cb0f2;
    --second: #efa55c;
    --area: #1d3044;
    --good: #74d08b;
    --good-back: #17311f;
    --warn: #e8bd62;
    --warn-back: #362a10;
    --bad: #ff9d94;
    --bad-back: #411c1a;
    --idle-back: #2a323a;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0 auto;
  max-width: 84rem;
  padding: 0 1.25rem 2.5rem;
  background: var(--paper);
  color: var(--ink);
  font: 0.875rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3 { margin: 0; line-height: 1.25; font-weight: 600; }
h1 { font-size: 1.35rem; }
h2 { font-size: 1.05rem; margin: 0 0 0.6rem; }
h3 { font-size: 0.95rem; }
p { margin: 0; }
a { color: var(--link); text-underline-offset: 0.15em; }
code, pre, .mono { font-family: ui-monospace, "SFMono-Regular", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; font-size: 0.92em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 1; padding: 0.5rem 1rem; background: var(--panel); }
.skip:focus { top: 0.5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.faint { color: var(--faint); }

header { display: flex; flex-wrap: wrap; gap: 0.75rem 2rem; align-items: center; justify-content: space-between; padding: 1.25rem 0 0.9rem; }
.controls { display: flex; gap: 0.75rem; align-items: center; }
#live::before { content: ""; display: inline-block; width: 0.55rem; height: 0.55rem; margin-right: 0.45rem; border-radius: 50%; background: var(--faint); }
#live[data-state="live"]::before { background: var(--good); }
#live[data-state="lost"]::before { background: var(--bad); }
#live:empty { display: none; }
button { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--faint); border-radius: 4px; min-height: 2rem; padding: 0.2rem 0.9rem; cursor: pointer; }
button:hover { background: var(--sunk); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.1rem 1.25rem; margin: 0 0 1rem; padding: 0 0 0.6rem; list-style: none; border-bottom: 1px solid var(--line); }
nav a { display: inline-block; padding: 0.2rem 0; }

.notice { margin: 0 0 1rem; padding: 0.5rem 0.9rem; border-radius: 6px; border-left: 4px solid; }
.notice.good { color: var(--good); background: var(--good-back); border-color: var(--good); }
.notice.warn { color: var(--warn); background: var(--warn-back); border-color: var(--warn); }
.notice.bad { color: var(--bad); background: var(--bad-back); border-color: var(--bad); }

section { margin: 0 0 1.5rem; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 0.8rem 1rem; }
.panel + .panel { margin-top: 0.75rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0.75rem; }
.tiles .panel { display: flex; flex-direction: column; margin: 0; padding-bottom: 0.6rem; }
.tiles h2 { margin: 0; font-size: 0.875rem; font-weight: 500; color: var(--faint); }
.big { font-size: 1.6rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.big small { font-size: 0.9rem; color: var(--faint); }
.notes { display: flex; flex-wrap: wrap; gap: 0 0.9rem; color: var(--faint); }
.scale span { white-space: nowrap; }
.scale { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.5rem; margin-top: 0.2rem; font-size: 0.75rem; color: var(--faint); }
.plot { display: block; width: 100%; height: 3.5rem; margin-top: auto; padding-top: 0.4rem; }
.plot path { fill: none; vector-effect: non-scaling-stroke; }
.plot .ground { stroke: var(--line); }
.plot .line { stroke-width: 1.5; stroke-linejoin: round; }
.plot .line.first { stroke: var(--first); }
.plot .line.second { stroke: var(--second); }
.plot .area.first { fill: var(--area); }
.key::before { content: ""; display: inline-block; width: 0.8rem; height: 0.2rem; margin-right: 0.35rem; vertical-align: middle; background: var(--first); }
.key.second::before { background: var(--second); }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: 0.45rem 1.5rem; margin: 0; }
.facts div { display: grid; grid-template-columns: 7.5rem 1fr; gap: 0.75rem; }
.facts dt { color: var(--faint); }
.facts dd { margin: 0; }

table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 500; color: var(--faint); text-align: left; }
th, td { padding: 0.35rem 1.1rem 0.35rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
td:not(.number) { min-width: 6.5rem; }
time { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child td { border-bottom: 0; }
#trace h2 { margin: 0.5rem 0 0.75rem; }
.keep { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
td.number:has(.bad) { color: var(--bad); }

#pools table { table-layout: fixed; }
.poolhead { display: flex; flex-wrap: wrap; gap: 0.2rem 0.7rem; align-items: baseline; margin-bottom: 0.3rem; }
.badge { display: inline-block; padding: 0 0.5rem; border-radius: 1rem; font-size: 0.8rem; background: var(--idle-back); color: var(--ink); }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.warn { background: var(--warn-back); color: var(--warn); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
.bad { color: var(--bad); }
.board { display: inline-flex; flex-wrap: wrap; gap: 2px; }
.board span { width: 1.15rem; height: 1.15rem; line-height: 1.15rem; text-align: center; border-radius: 3px; font-size: 0.72rem; background: var(--idle-back); color: var(--ink); }
.board .busy { background: var(--first); color: var(--panel); }
.board .finishing, .board .releasing, .board .starting { background: var(--warn-back); color: var(--warn); }
.board .ended { background: none; color: var(--faint); }

summary { cursor: pointer; }
#pools > details { margin-top: 0.6rem; }
details > :not(summary) { margin: 0.4rem 0 0.3rem; }
td details .facts { display: block; padding-left: 1rem; }
td details .facts div { margin-bottom: 0.2rem; }
.request { font-family: ui-monospace, "SFMono-Regular", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; font-size: 0.92em; }

.trace { margin: 0; overflow-x: auto; white-space: pre; line-height: 1.5; }
footer { border-top: 1px solid var(--line); padding-top: 0.9rem; color: var(--faint); }
footer dl { margin: 0.4rem 0 0.8rem; display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1.25rem; }
footer dt { color: var(--ink); }
footer dd { margin: 0; }

@media (max-width: 72rem) {
  table, tbody { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 0.1rem 1.5rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; padding-bottom: 0; }
  td { display: block; grid-column: 1 / -1; padding: 0; border: 0; }
  td.number { display: flex; flex-wrap: wrap; gap: 0 0.6rem; justify-content: space-between; grid-column: auto; white-space: normal; }
  td::before { content: attr(data-label); margin-right: 0.6rem; color: var(--faint); font-weight: 400; }
  td:first-child { font-weight: 500; }
  td:first-child:has(details)::before { content: none; }
}
@media (max-width: 46rem) {
  body { padding: 0 0.85rem 2rem; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 0.6rem; }
  .tiles .panel { padding: 0.6rem 0.7rem; }
  .big { font-size: 1.25rem; }
  nav a { padding: 0.4rem 0; }
  button { min-height: 2.5rem; }
  footer dl { grid-template-columns: 1fr; }
  footer dd { margin-bottom: 0.4rem; }
}
@media (max-width: 26rem) {
  .facts div { grid-template-columns: 6.5rem 1fr; gap: 0.6rem; }
}
@media (prefers-reduced-motion: no-preference) {
  html { scroll-behavior: smooth; }
}
@media print {
  .skip, .controls, nav { display: none; }
}
`;
