import type { Option } from './command.js';

/** Options that say what is read: those of httpd, and of our own. */
export const READING_OPTIONS: readonly Option[] = [
  {
    name: 'file',
    short: 'f',
    value: 'FILE',
    help: 'the configuration file (conf/httpd.conf or httpd.conf; relative to the folder of -d)',
  },
  {
    name: 'root',
    short: 'd',
    value: 'DIR',
    help: 'the ServerRoot until the file says otherwise (the folder of the file, or the one above where that is called conf)',
  },
  {
    name: 'define',
    short: 'D',
    value: 'NAME',
    multiple: true,
    help: 'defines NAME for <IfDefine>; DUMP_VHOSTS, DUMP_RUN_CFG, DUMP_MODULES, DUMP_INCLUDES, DUMP_CONFIG and DUMP_CERTS show something and serve nothing',
  },
  {
    name: 'before',
    short: 'C',
    value: 'DIRECTIVE',
    multiple: true,
    help: 'a directive to be read before the file',
  },
  {
    name: 'after',
    short: 'c',
    value: 'DIRECTIVE',
    multiple: true,
    help: 'a directive to be read after the file',
  },
  {
    name: 'pools',
    value: 'FILE',
    help: 'the pools file (pools.ini beside the configuration file, if there is one)',
  },
];

/** Options of httpd that say what is done. */
export const RUNNING_OPTIONS: readonly Option[] = [
  {
    name: 'signal',
    short: 'k',
    value: 'ACTION',
    help: 'start (in the background), stop, graceful-stop, restart or graceful: for the server whose process id is in the PidFile',
  },
  { name: 'test', short: 't', help: 'only checks the configuration' },
  { name: 'no-documentroot-check', short: 'T', help: 'does not look whether the DocumentRoots are there' },
  { name: 'virtual-hosts', short: 'S', help: 'shows the virtual hosts and the main settings' },
  { name: 'modules', short: 'M', help: 'shows the modules that are loaded' },
  { name: 'built-in', short: 'l', help: 'shows the modules that are built in' },
  { name: 'directives', short: 'L', help: 'shows the directives that there are' },
  {
    name: 'error-level',
    short: 'e',
    value: 'LEVEL',
    help: 'how severe a problem has to be to be shown (warn)',
  },
  { name: 'error-file', short: 'E', value: 'FILE', help: 'a file for what would be shown on standard error' },
  {
    name: 'debug',
    short: 'X',
    help: 'for debuggers: every pool has one worker thread, and an extension may take a day for a request',
  },
  { name: 'version', short: 'v', help: 'shows the version' },
  { name: 'settings', short: 'V', help: 'shows the version and what is built in' },
];
