/*
 * redirect - three ways to send a reader elsewhere, and what ServerSupportFunction is.
 *
 * Besides reading and writing, an extension asks the server for everything through one function:
 *
 *   BOOL ServerSupportFunction(ConnID, code, buffer, &size, &type)
 *
 * What the last three arguments mean depends on the code; some codes even put a structure where the prototype has a
 * DWORD pointer. FALSE with the last error ERROR_INVALID_PARAMETER (EINVAL) is also what a server answers to a code
 * that it does not have, so an extension should always look at the result and have another way.
 *
 *   ?temporary   HSE_REQ_SEND_URL_REDIRECT_RESP: the server makes the whole answer, "302 Found" and a Location header.
 *                The buffer is the URL, a path or a full address.
 *   ?permanent   HSE_REQ_SEND_RESPONSE_HEADER: the extension makes the answer itself. The buffer is the status, and
 *                `type` is the text of the header, which has to end in an empty line. This is the way to every
 *                status that is not 200.
 *   ?inside      HSE_REQ_SEND_URL: the server serves another address of its own, and the reader's browser does not
 *                notice.
 *
 * A redirection to an address out of the request (?to=...) would let anyone make links that begin with your address
 * and lead to theirs. If you need one, compare the address with a list of your own.
 */
#include <string.h>

#include "page.h"

/* The address of this extension with a query of ours behind it; FALSE when it does not fit. */
static BOOL own_address(EXTENSION_CONTROL_BLOCK *ecb, const char *query, char *address, size_t capacity) {
  char name[] = "SCRIPT_NAME";
  size_t added = strlen(query) + 1;
  if (added >= capacity) return FALSE;
  DWORD size = (DWORD)(capacity - added);
  if (!ecb->GetServerVariable(ecb->ConnID, name, address, &size)) return FALSE;
  /* A decoded path can hold what ends a header line. The server refuses that as well; better not to send it. */
  if (strpbrk(address, "\r\n") != NULL) return FALSE;
  size_t length = strlen(address);
  snprintf(address + length, capacity - length, "?%s", query);
  return TRUE;
}

static DWORD temporary(EXTENSION_CONTROL_BLOCK *ecb) {
  char address[2048];
  if (!own_address(ecb, "arrived", address, sizeof address)) return HSE_STATUS_ERROR;
  DWORD size = (DWORD)strlen(address);
  BOOL sent = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_URL_REDIRECT_RESP, address, &size, NULL);
  return sent ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static DWORD permanent(EXTENSION_CONTROL_BLOCK *ecb) {
  char address[2048];
  char header[2200];
  char status[] = "301 Moved Permanently";
  if (!own_address(ecb, "arrived", address, sizeof address)) return HSE_STATUS_ERROR;
  int length = snprintf(header, sizeof header,
                        "Location: %s\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n\r\n", address);
  if (length < 0 || (size_t)length >= sizeof header) return HSE_STATUS_ERROR;
  DWORD size = sizeof status - 1;
  BOOL sent = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, status, &size,
                                         (LPDWORD)(void *)header);
  return sent ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static DWORD inside(EXTENSION_CONTROL_BLOCK *ecb) {
  char address[] = "/style.css";
  DWORD size = sizeof address - 1;
  BOOL sent = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_URL, address, &size, NULL);
  return sent ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static DWORD menu(EXTENSION_CONTROL_BLOCK *ecb) {
  struct page page;
  page_begin(&page, ecb, "Redirect");
  if (strcmp(ecb->lpszQueryString, "arrived") == 0) {
    page_html(&page, "<p>You were sent here. Look at the address.\n");
  }
  page_html(&page,
            "<ul>\n"
            "<li><a href=\"?temporary\">temporary</a>: 302, made by the server\n"
            "<li><a href=\"?permanent\">permanent</a>: 301, made by the extension\n"
            "<li><a href=\"?inside\">inside</a>: another address of this server, without telling the browser\n"
            "</ul>\n");
  return page_end(&page);
}

static const struct {
  const char *query;
  DWORD (*run)(EXTENSION_CONTROL_BLOCK *ecb);
} ways[] = {{"temporary", temporary}, {"permanent", permanent}, {"inside", inside}};

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  return describe(version, "redirect, three ways to send a reader elsewhere");
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    if (strcmp(ecb->lpszQueryString, ways[i].query) == 0) return ways[i].run(ecb);
  }
  return menu(ecb);
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}
