import { Slot } from '../../config/settings.js';

/** What is gathered for the status page, and how it is shown. */
export interface StatusSettings {
  /** requests are counted, and shown with URL and client */
  readonly extended: boolean;
  /** of a long request, its end is shown and not its beginning */
  readonly requestTail: boolean;
}

export const STATUS = new Slot<StatusSettings>('status', { extended: true, requestTail: false });
