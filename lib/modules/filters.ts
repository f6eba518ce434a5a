/** Which module of Apache a filter is of, by its name in upper case. */
const OWNERS: Readonly<Record<string, string>> = {
  BROTLI_COMPRESS: 'mod_brotli',
  BUFFER: 'mod_buffer',
  CACHE: 'mod_cache',
  CHARSET: 'mod_charset_lite',
  DEFLATE: 'mod_deflate',
  INFLATE: 'mod_deflate',
  INCLUDES: 'mod_include',
  LUA: 'mod_lua',
  PHP: 'PHP',
  'PROXY-HTML': 'mod_proxy_html',
  RATE_LIMIT: 'mod_ratelimit',
  REFLECTOR: 'mod_reflector',
  REQTIMEOUT: 'mod_reqtimeout',
  SED: 'mod_sed',
  SUBSTITUTE: 'mod_substitute',
  XML2ENC: 'mod_xml2enc',
};

/** Why a directive cannot name these filters (several with `;` between them): this server has none at all. */
export function filterProblem(directive: string, names: string): string {
  const [first = ''] = names.split(';');
  const owner = OWNERS[first.toUpperCase()];
  const whose = owner === undefined ? 'is of a module' : `belongs to ${owner},`;
  return (
    `${directive}: the filter ${first} ${whose} which isapi-host does not have; ` +
    (owner?.startsWith('mod_') === true
      ? `remove it, or enclose it in <IfModule ${owner}.c>`
      : 'remove the directive')
  );
}
