import type { Hooks, Module } from '../../http/module.js';

/** The points at which modules act, in the order of a request's life, one row each; `apache` is httpd's name. */
export const HOOK_ROWS: readonly { readonly name: keyof Hooks; readonly apache: string }[] = [
  { name: 'open', apache: 'Open Logs' },
  { name: 'start', apache: 'Post Configuration' },
  { name: 'received', apache: 'Post-Read Request' },
  { name: 'translate', apache: 'Translate Name' },
  { name: 'walked', apache: 'Header Parse' },
  { name: 'access', apache: 'Check Access' },
  { name: 'satisfy', apache: 'Satisfy Any' },
  { name: 'authorize', apache: 'Check Authorization' },
  { name: 'authenticate', apache: 'Verify User ID' },
  { name: 'fixups', apache: 'Fixups' },
  { name: 'responds', apache: 'Insert Filters (asked)' },
  { name: 'respond', apache: 'Insert Filters' },
  { name: 'log', apache: 'Logging' },
  { name: 'retire', apache: 'Child Stopping' },
  { name: 'stop', apache: 'Child Stopped' },
  { name: 'reopen', apache: 'Reopen Logs' },
];

/** The modules that act at a point, in their order. */
export function modulesAt(name: keyof Hooks, modules: readonly Module[]): Module[] {
  const early =
    name === 'received' ? modules.filter(({ earlyHooks }) => earlyHooks?.received !== undefined) : [];
  return [...early, ...modules.filter(({ hooks }) => hooks?.[name] !== undefined)];
}
