import type { Module } from '../../http/module.js';

/** mod_version: its `<IfVersion>` has its effect while the files are read, and is in the table of such directives. */
export const versionModule: Module = { name: 'version', directives: [] };
