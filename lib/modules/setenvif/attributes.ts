import type { HttpRequest } from '../../http/request.js';

/** What a request has under a name: its value, or undefined. */
export type Attribute = (request: HttpRequest) => string | undefined;

/** The names that stand for something else than a header, in lower case. */
const SPECIAL: Readonly<Record<string, Attribute>> = {
  remote_addr: (request) => request.remoteAddress,
  // Without a lookup of the host's name the address is its name, as in Apache with HostnameLookups Off.
  remote_host: (request) => request.remoteAddress,
  request_uri: (request) => request.path,
  request_method: (request) => request.method,
  request_protocol: (request) => request.protocol,
  server_addr: (request) => request.localAddress,
};

/** Whether a name is one of a header, and not a regular expression for several. */
export function isPlainName(name: string): boolean {
  return /^[-A-Za-z0-9_]*$/.test(name);
}

/** The attribute of a plain name: one of the special ones, else a header, else a variable set before. */
export function attributeOf(name: string): Attribute {
  const lower = name.toLowerCase();
  return SPECIAL[lower] ?? ((request) => request.header(lower) ?? request.env.get(name));
}

/** The value of the last header whose name a regular expression matches; those of one name count as the first. */
export function headerMatching(regex: RegExp): Attribute {
  return (request) => {
    const { rawHeaders } = request;
    const names = new Set<string>();
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] ?? '';
      if (regex.test(name)) names.add(name.toLowerCase());
    }
    const last = [...names].at(-1);
    return last === undefined ? undefined : request.header(last);
  };
}
