/** What is done on the command line, because the page changes nothing: one row each. */
export const COMMANDS: readonly { readonly command: string; readonly does: string }[] = [
  { command: 'isapi-host pool list', does: 'shows the worker processes, as above' },
  {
    command: 'isapi-host pool recycle NAME',
    does: 'replaces the worker processes of a pool, without losing a request; has one that is stopped start again',
  },
  { command: 'isapi-host extension unload FILE', does: 'has worker processes let go of a cached extension' },
  {
    command: 'isapi-host calls',
    does: 'shows what extensions asked for and did not get, and what to do about it',
  },
  { command: 'isapi-host journal clear EXTENSION', does: 'forgets what it was refused so far' },
  { command: 'isapi-host -k graceful', does: 'reads the configuration again, without losing a request' },
  { command: 'isapi-host trace', does: 'shows requests to extensions as they end, call by call' },
  { command: 'isapi-host trace list', does: 'lists the failed requests that are kept' },
  { command: 'isapi-host trace show ID', does: 'shows every call of one' },
];
