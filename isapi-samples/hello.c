/*
 * hello - the smallest extension that answers.
 *
 * An ISAPI extension is a library that a web server loads into its own (here: into a worker) process. The server calls
 * three functions of it, and nothing else:
 *
 *   GetExtensionVersion   once, after loading. Say which version of the interface you were made for and who you are.
 *                         Returning FALSE refuses: the server unloads the library and the client gets a 500. Open
 *                         here what all requests need, a database connection for example.
 *   HttpExtensionProc     for every request, with a control block that holds the request and four functions of the
 *                         server. Several threads call it at the same time, so anything that is not on the stack
 *                         needs a lock.
 *   TerminateExtension    before unloading. Optional. Release here what GetExtensionVersion opened. An extension that
 *                         is not named in ISAPICacheFile is unloaded as soon as no request is in it.
 *
 * The whole answer is written with WriteClient. The first write begins with the header lines, as in a CGI program:
 * "Name: value" lines, then an empty line, then the page. Without a "Status: 404 Not Found" line the status is 200.
 *
 * What the server makes of the value that HttpExtensionProc returns:
 *
 *   HSE_STATUS_SUCCESS                 the answer is complete
 *   HSE_STATUS_SUCCESS_AND_KEEP_CONN   the same; the server decides about the connection by itself
 *   HSE_STATUS_PENDING                 the answer comes later, from another thread (ISAPIFakeAsync On)
 *   HSE_STATUS_ERROR                   something failed: status 500 when nothing was sent, and a line in the error log
 *
 * To try a change: `make`, then reload the page. The server needs no restart.
 */
#include <stdio.h>

#include "isapi.h"

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  /* The description has 256 bytes; snprintf always ends it with a NUL. */
  snprintf(version->lpszExtensionDesc, sizeof version->lpszExtensionDesc, "hello, the smallest sample");
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  char answer[512];
  int length = snprintf(answer, sizeof answer,
                        "Content-Type: text/html; charset=utf-8\r\n"
                        "\r\n"
                        "<!doctype html>\n"
                        "<html lang=\"en\"><title>hello</title><link rel=\"stylesheet\" href=\"/style.css\">\n"
                        "<h1>Hello</h1>\n"
                        "<p>from a %u-bit %s library.</p>\n"
                        "</html>\n",
                        (unsigned)(8 * sizeof(void *)),
#ifdef _WIN32
                        "Windows"
#else
                        "ELF"
#endif
  );
  if (length < 0 || (size_t)length >= sizeof answer) return HSE_STATUS_ERROR;

  DWORD size = (DWORD)length;
  /* WriteClient fails when the client went away. There is nothing more to do then. */
  if (!ecb->WriteClient(ecb->ConnID, answer, &size, HSE_IO_SYNC)) return HSE_STATUS_ERROR;
  return HSE_STATUS_SUCCESS;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  /* HSE_TERM_ADVISORY_UNLOAD asks and takes FALSE for a no; HSE_TERM_MUST_UNLOAD only tells. */
  (void)flags;
  return TRUE;
}
