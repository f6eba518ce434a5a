import type { AuthzProvider } from '../authz-core/provider.js';

/** What mod_ssl adds to `Require`. */
export const sslProviders: readonly AuthzProvider[] = [
  {
    name: 'ssl',
    parse({ text, context }) {
      if (text !== '') {
        context.error("'Require ssl' does not take arguments");
        return undefined;
      }
      return (request) => (request.tls === undefined ? 'denied' : 'granted');
    },
  },
  {
    name: 'ssl-verify-client',
    parse({ text, context }) {
      if (text !== '') {
        context.error("'Require ssl-verify-client' does not take arguments");
        return undefined;
      }
      return (request) => (request.tls?.verified === 'SUCCESS' ? 'granted' : 'denied');
    },
  },
];
