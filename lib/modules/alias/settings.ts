import { Slot } from '../../config/settings.js';
import type { TextExpression } from '../../config/expression/index.js';

/** What URLs an Alias or a Redirect is for: those below a path, or those that a regular expression matches. */
interface UrlPattern {
  /** the URL path as in the directive; byte string */
  readonly fake: string;
  readonly regex: RegExp | undefined;
}

/** A part of the URL space that leads to a folder or file outside the document root. */
export interface Alias extends UrlPattern {
  /** an absolute path, for a regular expression with `$1` and so on; byte string */
  readonly real: string;
  readonly isScript: boolean;
}

/** A part of the URL space that is found elsewhere, or nowhere. */
export interface Redirect extends UrlPattern {
  readonly status: number;
  /** for a status from 300 to 399, and only then; byte string */
  readonly url: string | undefined;
}

/** An Alias with one argument, for the whole of a Location. */
interface LocationAlias {
  readonly real: TextExpression;
  readonly isScript: boolean;
  /** the argument of the Location, or undefined for one that is a regular expression */
  readonly fake: string | undefined;
}

/** A Redirect without a URL path, for the whole of a section. */
interface SectionRedirect {
  readonly status: number;
  readonly url: TextExpression | undefined;
}

export interface AliasSettings {
  /** of the server's own level; those of a virtual host come before the main server's */
  readonly aliases: readonly Alias[];
  readonly redirects: readonly Redirect[];
  /** of sections and .htaccess files, the inner ones first */
  readonly sectionRedirects: readonly Redirect[];
  readonly alias: LocationAlias | undefined;
  readonly redirect: SectionRedirect | undefined;
  /** RedirectRelative */
  readonly relative: boolean;
  /** AliasPreservePath */
  readonly preservePath: boolean;
}

function innerFirst<T>(outer: readonly T[], inner: readonly T[]): readonly T[] {
  return [...inner, ...outer];
}

export const ALIAS = new Slot<AliasSettings>(
  'alias',
  {
    aliases: [],
    redirects: [],
    sectionRedirects: [],
    alias: undefined,
    redirect: undefined,
    relative: false,
    preservePath: false,
  },
  { aliases: innerFirst, redirects: innerFirst, sectionRedirects: innerFirst },
);
