import type { Argument } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';

/** What SSLOptions switches, as bits. */
export const SSL_OPTIONS = {
  StdEnvVars: 1,
  ExportCertData: 2,
  FakeBasicAuth: 4,
  StrictRequire: 8,
  OptRenegotiate: 16,
  LegacyDNStringFormat: 32,
} as const;

/** SSLOptions: those set outright (undefined when all have + or -), those added, those removed. */
export interface OptionBits {
  readonly set: number | undefined;
  readonly add: number;
  readonly remove: number;
}

/** What mod_ssl's directives say of requests. */
export interface SslRequestSettings {
  readonly options: OptionBits;
  /** SSLRequireSSL */
  readonly isRequired: boolean;
  /** SSLUserName */
  readonly userName: Argument | undefined;
}

export const SSL = new Slot<SslRequestSettings>(
  'ssl-requests',
  { options: { set: undefined, add: 0, remove: 0 }, isRequired: false, userName: undefined },
  {
    options: (outer, inner) =>
      inner.set !== undefined
        ? inner
        : {
            set: outer.set,
            add: (outer.add & ~inner.remove) | inner.add,
            remove: (outer.remove & ~inner.add) | inner.remove,
          },
  },
);

/** The options in force. */
export function sslOptions({ options }: Readonly<SslRequestSettings>): number {
  return ((options.set ?? 0) & ~options.remove) | options.add;
}
