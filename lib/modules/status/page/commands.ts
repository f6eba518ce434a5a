/** What is done on the command line, because the page changes nothing: one row each. */
export const COMMANDS: readonly { readonly command: string; readonly does: string }[] = [
  { command: 'isapi-host -k graceful', does: 'reads the configuration again, without losing a request' },
];
