import { WatchedFiles } from './watched-file.js';

/** Names by their numbers, from files such as /etc/passwd: name:password:number:... */
const files = new WatchedFiles((lines) => {
  const names = new Map<number, string>();
  for (const line of lines) {
    const [name = '', , number = ''] = line.split(':');
    // The first line with a number counts, as in the C library.
    if (name !== '' && /^\d{1,10}$/.test(number) && !names.has(Number(number)))
      names.set(Number(number), name);
  }
  return names;
});

/** The name of the user with a number; undefined when the system's own file has none, as on Windows. */
export function userName(id: number): string | undefined {
  return nameIn('/etc/passwd', id);
}

/** The name of the group with a number; undefined when the system's own file has none, as on Windows. */
export function groupName(id: number): string | undefined {
  return nameIn('/etc/group', id);
}

function nameIn(file: string, id: number): string | undefined {
  if (process.platform === 'win32') return undefined;
  try {
    return files.read(file).value.get(id);
  } catch {
    return undefined;
  }
}
