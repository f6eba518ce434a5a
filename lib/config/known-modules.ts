import { apacheModules } from './known-directives.js';

/** Modules that come with Apache httpd 2.4 and have no directives of their own. */
const WITHOUT_DIRECTIVES =
  'asis authz_host authz_owner authz_user authnz_ldap bucketeer case_filter case_filter_in data dialup echo ' +
  'example_hooks http info lbmethod_bybusyness lbmethod_byrequests lbmethod_bytraffic lbmethod_heartbeat ' +
  'logio lua md macro mime_magic mpm_event mpm_prefork mpm_winnt mpm_worker negotiation privileges proxy_ajp ' +
  'proxy_balancer proxy_fdpass proxy_http proxy_http2 proxy_uwsgi ratelimit reflector slotmem_plain ' +
  'slotmem_shm socache_dbm socache_dc socache_shmcb status systemd tls unique_id unixd';

let names: ReadonlySet<string> | undefined;

/** Whether a name of LoadModule, such as `deflate_module`, is that of a module that is made for Apache. */
export function isApacheModule(name: string): boolean {
  names ??= new Set([...apacheModules(), ...WITHOUT_DIRECTIVES.split(' ').map((each) => `mod_${each}`)]);
  return name.endsWith('_module') && names.has(`mod_${name.slice(0, -'_module'.length)}`);
}
