import type { Outcome, Module, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { HTML_TYPE, refuseMethod, sendPage } from '../send-page.js';
import { autoText } from './auto.js';
import { metricsText } from './metrics.js';
import { CONTENT_SECURITY_POLICY, sections, statusPage, tracePage, type PageOptions } from './page/page.js';
import { parseStatusQuery } from './query.js';
import { STATUS } from './settings.js';
import { takeSnapshot, type StatusSnapshot } from './snapshot.js';
import type { StatusSources } from './sources.js';
import type { Statistics } from './statistics.js';
import { Viewers } from './viewers.js';

/** How long a client that cannot follow is to wait. Seconds. */
const RETRY_AFTER = '10';

/**
 * mod_status: the handlers `isapi-status` (also `server-status`) and `isapi-metrics`. What it counts and shows belongs to
 * the process and outlives a reload.
 */
export function createStatusModule(statistics: Statistics, sources: StatusSources = {}): Module {
  let page: StatusHandler | undefined;
  const started = (): StatusHandler => {
    if (page === undefined) throw new Error('a request came before the server had started');
    return page;
  };
  const status = (request: HttpRequest): Outcome | Promise<Outcome> => started().status(request);
  return {
    name: 'status',
    directives: [],
    handlers: {
      'isapi-status': status,
      'server-status': status,
      'isapi-metrics': (request) => started().metrics(request),
    },
    hooks: {
      start: (server) => {
        statistics.start();
        page = new StatusHandler(server, statistics, sources);
      },
      retire: () => {
        page?.viewers.end();
      },
      stop: () => {
        if (page === undefined) return;
        page.viewers.end();
        statistics.stop();
        page = undefined;
      },
      log: (request) => {
        if (page?.extended === true) statistics.server.note(request);
      },
    },
  };
}

class StatusHandler {
  /** ExtendedStatus */
  readonly extended: boolean;
  readonly viewers: Viewers;
  readonly #server: ServerContext;
  readonly #statistics: Statistics;
  readonly #sources: StatusSources;
  /** what the viewers' page is called: the name by which the first of them came */
  #name = '';

  constructor(server: ServerContext, statistics: Statistics, sources: StatusSources) {
    this.#server = server;
    this.#statistics = statistics;
    this.#sources = sources;
    this.extended = server.configuration.main.settings.get(STATUS).extended;
    this.viewers = new Viewers(() => sections(this.#snapshot(), this.#options(this.#name, 0)));
  }

  status(request: HttpRequest): Outcome | Promise<Outcome> {
    const refused = refuseMethod(request);
    if (refused !== undefined) return refused;
    const query = parseStatusQuery(request.query);
    const name = request.serverName;
    switch (query.form) {
      case 'events':
        return this.#follow(request);
      case 'auto':
        return sendPage(request, {
          type: 'text/plain; charset=utf-8',
          text: autoText(name, this.#snapshot()),
          refresh: query.refresh,
        });
      case 'json':
        return sendPage(request, {
          type: 'application/json',
          text: `${JSON.stringify(this.#snapshot())}\n`,
          refresh: query.refresh,
        });
      case 'trace':
        return this.#trace(request, query.trace);
      case 'page': {
        const text = statusPage(this.#snapshot(), this.#options(name, query.refresh));
        return sendPage(request, {
          type: HTML_TYPE,
          text,
          policy: CONTENT_SECURITY_POLICY,
          refresh: query.refresh,
        });
      }
    }
  }

  metrics(request: HttpRequest): Outcome {
    const refused = refuseMethod(request);
    if (refused !== undefined) return refused;
    const text = metricsText(this.#snapshot(), this.#statistics);
    return sendPage(request, { type: 'text/plain; version=0.0.4; charset=utf-8', text });
  }

  #snapshot(): StatusSnapshot {
    return takeSnapshot(this.#server, this.#statistics, this.#sources);
  }

  #options(name: string, refresh: number): PageOptions {
    const { requestTail } = this.#server.configuration.main.settings.get(STATUS);
    return { name, showsTail: requestTail, refresh };
  }

  #follow(request: HttpRequest): Outcome {
    if (request.method !== 'GET') {
      request.errorHeaders.push(['Allow', 'GET']);
      return 405;
    }
    if (this.viewers.size === 0) this.#name = request.serverName;
    if (this.viewers.add(request.output)) {
      this.#statistics.server.stream(request);
      return 'done';
    }
    request.errorHeaders.push(['Retry-After', RETRY_AFTER]);
    return 503;
  }

  async #trace(request: HttpRequest, id: string): Promise<Outcome> {
    const { failures } = this.#sources;
    const lines = await failures?.read(id);
    const failure = failures?.list().find((each) => each.id === id);
    return sendPage(request, {
      type: HTML_TYPE,
      text: tracePage(request.serverName, failure, lines),
      policy: CONTENT_SECURITY_POLICY,
      status: lines === undefined ? 404 : 200,
    });
  }
}
