/** What server-info needs besides the style of the status page. */
export const INFO_STYLE = `
.tree { margin: 0; padding: 0; list-style: none; }
.tree .tree { padding-left: 1.25rem; border-left: 1px solid var(--line); margin-left: 0.3rem; }
.tree li > div { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; padding: 0.1rem 0; }
.tree li > div:hover { background: var(--sunk); }
.tree code { flex: 1 1 16rem; white-space: pre-wrap; }
.tree .section { color: var(--link); }
.where { color: var(--faint); font-size: 0.9em; }
.module h3 { margin-bottom: 0.35rem; }
.module p, .module details { margin-bottom: 0.35rem; }
.names code { white-space: nowrap; }
`;
