/*
 * variables - what the server says about the request.
 *
 * The control block holds the things that nearly every extension needs: method, query string, path information, content
 * type. Everything else is asked for by name with GetServerVariable:
 *
 *   BOOL GetServerVariable(ConnID, name, buffer, &size)
 *
 * `size` is the room in the buffer before the call and, when it succeeds, the length of the value with its ending NUL
 * after it. When it fails, the last error (GetLastError on Windows, errno elsewhere) says why:
 *
 *   ERROR_INVALID_INDEX 1413         there is no such variable, or the request has no such header (EINVAL)
 *   ERROR_INSUFFICIENT_BUFFER 122    the buffer is too small; `size` is now the size that it needs, and the buffer was
 *                                    not touched (ENOBUFS)
 *   ERROR_INVALID_PARAMETER 87       one of the pointers is NULL (EINVAL)
 *
 * So the way to read a variable of any length is: try with what you have, and when it was too small, get as much as
 * you were told and try again. read_variable below does that.
 *
 * Names:
 *
 *   CGI's            REQUEST_METHOD, SCRIPT_NAME, REMOTE_ADDR, ... and what SetEnv sets
 *   HTTP_NAME        the request's header "Name", with "_" for "-": HTTP_USER_AGENT
 *   ALL_HTTP         all of them, a line "HTTP_NAME:value" each
 *   ALL_RAW          all of them as the client sent them, a line "Name: value" each
 *   IIS's            APPL_PHYSICAL_PATH, URL, HTTPS, INSTANCE_ID, ...
 *
 * Paths are those of the system that the extension was made for. A Windows library gets PATH_TRANSLATED with a drive
 * letter and backslashes, also where the server runs on Linux.
 *
 * A word on security: values that come from the client can hold anything. This page makes them harmless for HTML
 * with page_text.
 */
#include <stdlib.h>

#include "page.h"

static const char *const names[] = {
    "ALL_HTTP",
    "ALL_RAW",
    "APP_POOL_ID",
    "APPL_MD_PATH",
    "APPL_PHYSICAL_PATH",
    "AUTH_TYPE",
    "AUTH_USER",
    "CACHE_URL",
    "CERT_SUBJECT",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "DOCUMENT_ROOT",
    "GATEWAY_INTERFACE",
    "HTTP_HOST",
    "HTTP_METHOD",
    "HTTP_URL",
    "HTTP_USER_AGENT",
    "HTTP_VERSION",
    "HTTPS",
    "INSTANCE_ID",
    "INSTANCE_META_PATH",
    "LOCAL_ADDR",
    "LOGON_USER",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_PORT",
    "REMOTE_USER",
    "REQUEST_METHOD",
    "REQUEST_URI",
    "SCRIPT_FILENAME",
    "SCRIPT_NAME",
    "SCRIPT_TRANSLATED",
    "SERVER_ADDR",
    "SERVER_ADMIN",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PORT_SECURE",
    "SERVER_PROTOCOL",
    "SERVER_SIGNATURE",
    "SERVER_SOFTWARE",
    "UNENCODED_URL",
    "UNMAPPED_REMOTE_USER",
    "URL",
    "URL_PATH_INFO",
};

/* The value in memory that the caller frees, or NULL with the last error as GetServerVariable left it. */
static char *read_variable(EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  DWORD size = 256;
  /* Twice is enough: the values do not change during a request. */
  for (int attempt = 0; attempt < 2; attempt++) {
    char *value = malloc(size);
    if (value == NULL) return NULL;
    /* The name is not changed; that the parameter is not const is the interface's age. */
    if (ecb->GetServerVariable(ecb->ConnID, (LPSTR)name, value, &size)) return value;
    DWORD error = isapi_last_error(); /* before free, which may set another one */
    free(value);
    isapi_set_last_error(error);
    if (error != ISAPI_ERROR_INSUFFICIENT_BUFFER) return NULL;
  }
  return NULL;
}

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  return describe(version, "variables, what the server says about a request");
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  struct page page;
  page_begin(&page, ecb, "Server variables");
  page_html(&page, "<table><tr><th>Name<th>Value\n");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    page_html(&page, "<tr><th>");
    page_html(&page, names[i]);
    char *value = read_variable(ecb, names[i]);
    if (value != NULL) {
      page_html(&page, "<td><pre>");
      page_text(&page, value);
      page_html(&page, "</pre>\n");
      free(value);
    } else {
      DWORD error = isapi_last_error();
      page_html(&page, "<td class=\"absent\">not there: last error ");
      page_number(&page, (long)error);
      page_html(&page, "\n");
    }
  }
  page_html(&page, "</table>\n");
  return page_end(&page);
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}
