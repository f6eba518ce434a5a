import type { Argument } from './directive.js';
import type { Place } from './place.js';

interface NodeBase {
  /** as written, without `<` */
  readonly name: string;
  readonly place: Place;
  readonly args: readonly Argument[];
  /** everything after the name, blanks at both ends removed */
  readonly raw: Argument;
  /** where a quote begins that is not closed */
  readonly unclosedQuote?: Place;
}

export interface DirectiveNode extends NodeBase {
  readonly kind: 'directive';
}

export interface SectionNode extends NodeBase {
  readonly kind: 'section';
  readonly children: readonly Node[];
}

/**
 * What a configuration is made of once it was read: files are included, variables expanded, and `<IfModule>` and
 * `<IfDefine>` replaced by what they hold.
 */
export type Node = DirectiveNode | SectionNode;
