import { Slot } from '../config/settings.js';

/** What the core module's directives say of hosts and their names. */
export interface HostSettings {
  /** the scheme of ServerName: what clients use where something in front of the server speaks TLS */
  readonly serverScheme: string | undefined;
  /** as written; `*` and `?` are wildcards */
  readonly serverAliases: readonly string[];
  /** for clients that name no host: an escaped URL path that leads to the host */
  readonly serverPath: string | undefined;
  /** the name that URLs of this server are made with: the configured one, the client's, or the one that DNS has */
  readonly useCanonicalName: 'on' | 'off' | 'dns';
  /** the port of the connection counts for URLs where neither client nor ServerName names one */
  readonly useCanonicalPhysicalPort: boolean;
  /** a Host that no ServerName and ServerAlias matches is refused */
  readonly strictHostCheck: boolean;
  /** whether deviations from HTTP's syntax are refused */
  readonly conformance: 'strict' | 'unsafe';
  /** which methods are known: any, or those of the list */
  readonly methods: 'lenient' | 'registered';
  /** whether the name of a client's address is looked up, and whether it has to lead back to the address */
  readonly hostnameLookups: 'off' | 'on' | 'double';
  /** REDIRECT_URL is a whole URL and not only a path */
  readonly qualifyRedirectUrl: boolean;
}

export const HOST = new Slot<HostSettings>('host', {
  serverScheme: undefined,
  serverAliases: [],
  serverPath: undefined,
  useCanonicalName: 'off',
  useCanonicalPhysicalPort: false,
  strictHostCheck: false,
  conformance: 'strict',
  methods: 'lenient',
  hostnameLookups: 'off',
  qualifyRedirectUrl: false,
});
