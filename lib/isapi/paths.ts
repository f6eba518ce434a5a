/**
 * Paths as extensions see them. ELF extensions see the server's own. Windows extensions see Windows paths: on Linux
 * their runtime maps drive Z: to the root of the file system.
 */

/** The drive that stands for `/` where Windows extensions run on another system. */
const ROOT_DRIVE = 'Z:';

export type PathNotation = (path: string) => string;

/** A path as it is. */
export const posixNotation: PathNotation = (path) => path;

/** `/srv/www` becomes `Z:\srv\www`; a path with a drive letter only gets backslashes. */
export const windowsNotation: PathNotation = (path) => {
  const turned = path.replaceAll('/', '\\');
  return path.startsWith('/') ? ROOT_DRIVE + turned : turned;
};
