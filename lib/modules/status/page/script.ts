/**
 * What brings the page up to date in the browser: it listens to server-sent events, whose data are the sections that have
 * changed, and changes in the page only what differs, so that what is open stays open and what has the focus keeps it.
 */
export const SCRIPT = `
(() => {
  'use strict';
  if (!window.EventSource || new URLSearchParams(location.search).has('refresh')) return;
  const live = document.getElementById('live');
  const pause = document.getElementById('pause');
  const RETRY = 10000;
  let source;
  let timer;
  let paused = false;

  const say = (state, text) => {
    live.dataset.state = state;
    if (live.textContent !== text) live.textContent = text;
  };

  const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset?.key || '' : '');
  const alike = (one, other) =>
    one.nodeType === other.nodeType && one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

  /* Makes an element what another one is. Whether details are open is the reader's affair. */
  const become = (old, wanted) => {
    for (const { name, value } of [...wanted.attributes]) {
      if (name !== 'open' && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!wanted.hasAttribute(name) && name !== 'open' && name !== 'tabindex') old.removeAttribute(name);
    }
    const keyed = new Map();
    for (const child of old.children) if (keyOf(child)) keyed.set(keyOf(child), child);
    let at = old.firstChild;
    for (const child of [...wanted.childNodes]) {
      const key = keyOf(child);
      let match = key ? keyed.get(key) : at && !keyOf(at) ? at : undefined;
      if (match && !alike(match, child)) match = undefined;
      if (!match) {
        old.insertBefore(document.importNode(child, true), at);
        continue;
      }
      if (match === at) at = at.nextSibling;
      else old.insertBefore(match, at);
      if (match.nodeType === 1) become(match, child);
      else if (match.data !== child.data) match.data = child.data;
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  };

  const update = (sections) => {
    for (const [id, text] of Object.entries(sections)) {
      const old = document.getElementById(id);
      const wanted = new DOMParser().parseFromString(text, 'text/html').body.firstElementChild;
      if (!old || !wanted) continue;
      const had = old.contains(document.activeElement);
      become(old, wanted);
      if (had && document.activeElement === document.body) {
        /* What had the focus is gone: its section has it then. */
        old.tabIndex = -1;
        old.focus({ preventScroll: true });
      }
    }
  };

  const disconnect = () => {
    clearTimeout(timer);
    if (source) source.close();
    source = undefined;
  };

  const connect = () => {
    disconnect();
    source = new EventSource(location.pathname + '?events');
    source.addEventListener('sections', (event) => {
      say('live', 'Live');
      update(JSON.parse(event.data));
    });
    source.onerror = () => {
      say('lost', 'Connection lost, trying again');
      /* The browser tries again by itself, but not after an answer that is an error. */
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, RETRY);
    };
  };

  pause.hidden = false;
  document.getElementById('again').hidden = true;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.textContent = paused ? 'Resume' : 'Pause';
    if (paused) {
      disconnect();
      say('paused', 'Paused');
    } else connect();
  });
  document.addEventListener('visibilitychange', () => {
    if (paused) return;
    if (document.hidden) disconnect();
    else connect();
  });
  if (!document.hidden) connect();
})();
`;
