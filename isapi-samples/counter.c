/*
 * counter - how long a global lives.
 *
 * The variables below belong to the library, not to a request. They live from the moment that the library is loaded
 * until it is unloaded, once in each process that loads it. What follows from that:
 *
 *   Without further configuration the counter says 1 at every request. The server loads a library when a request for it
 *   comes and unloads it as soon as no request is in it, so that you can replace the file at any time. Two requests at
 *   once share the loaded library, and the second one sees a 2.
 *
 *   With "ISAPICacheFile /path/of/counter-elf.dll" in httpd.conf, the counter goes up. The library is loaded once for
 *   each worker process and stays. Now replacing the file takes a restart of the server, or of the pool's process.
 *
 *   A pool that was recycled or whose process crashed begins at 1 again. Nothing that has to last belongs in a global.
 *
 * The other thing to see here is threads. HttpExtensionProc runs in several threads at once, and "counter++" is three
 * steps (read, add, write) in which two threads can lose a request. C11's atomic types make it one step; on Windows
 * alone InterlockedIncrement does. Anything larger than a number needs a lock.
 */
#include <stdatomic.h>
#include <time.h>

#include "page.h"

#ifndef _WIN32
#include <unistd.h>
#endif

static atomic_long requests;
static time_t loaded; /* written once, before the first request */

static long process_id(void) {
#ifdef _WIN32
  return (long)GetCurrentProcessId();
#else
  return (long)getpid();
#endif
}

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  loaded = time(NULL);
  return describe(version, "counter, how long a global lives");
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  /* The value after adding belongs to this request; reading the counter again would give another thread's. */
  long number = atomic_fetch_add(&requests, 1) + 1;
  long age = (long)difftime(time(NULL), loaded);

  struct page page;
  page_begin(&page, ecb, "Counter");
  page_html(&page, "<table><tr><th>Requests since the library was loaded<td id=\"count\">");
  page_number(&page, number);
  page_html(&page, "\n<tr><th>Seconds since then<td>");
  page_number(&page, age);
  page_html(&page, "\n<tr><th>Process<td>");
  page_number(&page, process_id());
  page_html(&page, "\n</table>\n");
  page_html(&page,
            "<p>Reload the page. If the first number stays 1, the library is unloaded after each request. Name its "
            "file in <code>ISAPICacheFile</code> and restart the server, and it goes up.\n");
  return page_end(&page);
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}
