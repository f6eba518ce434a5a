import type { Module } from '../../http/module.js';
import { HTTP2_DIRECTIVES } from './directives.js';

/** mod_http2: the settings of sessions (`http/http2`). */
export const http2Module: Module = { name: 'http2', directives: HTTP2_DIRECTIVES };
