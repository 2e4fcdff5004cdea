// The report page's style sheet
export const STYLE = `
:root { color-scheme: light dark; --text: #1d2330; --soft: #5b6474; --ground: #fff; --line: #dfe3ea; --panel: #f5f6f9;
  --good: #15703c; --bad: #b3261e; --goodground: #e9f6ee; --badground: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ef; --soft: #9aa4b5; --ground: #14171d; --line: #2c323d;
  --panel: #1c2129; --good: #6ed39a; --bad: #ff8d84; --goodground: #16291f; --badground: #331b1a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { max-width: 45rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { background: var(--panel); font-size: .875rem; overflow-wrap: anywhere; min-width: 7rem; }
th[scope=row] { font-weight: 400; min-width: 9rem; position: sticky; left: 0; background: var(--ground); }
.title, .rules { display: block; font-size: .8125rem; color: var(--soft); }
td.pass, td.part { color: var(--good); background: var(--goodground); }
td.fail, td.crashed { color: var(--bad); background: var(--badground); font-weight: 600; }
td.unsupported { color: var(--soft); }
td a { color: inherit; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; background: var(--panel); }
summary { cursor: pointer; padding: .5rem .75rem; overflow-wrap: anywhere; }
details > :not(summary) { margin: .25rem .75rem .75rem; }
span.fail, span.crashed { color: var(--bad); font-weight: 600; }
.rule { font-size: .8125rem; border: 1px solid var(--line); border-radius: .25rem; padding: 0 .35rem; background: var(--ground); white-space: nowrap; }
dt { font-size: .8125rem; color: var(--soft); margin-top: .5rem; }
dd { margin: 0; }
pre { margin: 0; padding: .5rem; background: var(--ground); border: 1px solid var(--line); border-radius: .25rem;
  white-space: pre-wrap; overflow-wrap: anywhere; font: .8125rem/1.45 ui-monospace, monospace; max-height: 20rem; overflow-y: auto; }
li { overflow-wrap: anywhere; }
footer { margin-top: 3rem; color: var(--soft); font-size: .875rem; }
@media (max-width: 40rem) { th[scope=row] { position: static; } .title { display: none; } th, td { padding: .4rem .5rem; } }
`;
