/*
 * The extension that the benchmark asks for: a short answer, an echo of the body, or a mebibyte.
 *
 *   (no query)   a short text
 *   echo         the body of the request
 *   large        1 MiB in pieces of 32 KiB
 */
#include <string.h>

#include "isapi.h"

static const char HEADERS[] = "Content-Type: text/plain\r\n\r\n";
static char piece[32768];

static void write_bytes(EXTENSION_CONTROL_BLOCK *block, const void *data, DWORD size) {
  block->WriteClient(block->ConnID, (void *)data, &size, 0);
}

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  strcpy(version->lpszExtensionDesc, "benchmark");
  memset(piece, 'x', sizeof piece);
  return TRUE;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *block) {
  char buffer[16384];
  DWORD size;
  int i;

  block->ServerSupportFunction(block->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, "200 OK", NULL, (DWORD *)(void *)HEADERS);
  if (strcmp(block->lpszQueryString, "echo") == 0) {
    write_bytes(block, block->lpbData, block->cbAvailable);
    for (;;) {
      size = sizeof buffer;
      if (!block->ReadClient(block->ConnID, buffer, &size) || size == 0) break;
      write_bytes(block, buffer, size);
    }
  } else if (strcmp(block->lpszQueryString, "large") == 0) {
    for (i = 0; i < 32; i++) write_bytes(block, piece, sizeof piece);
  } else {
    write_bytes(block, "Hello from an extension\n", 24);
  }
  return HSE_STATUS_SUCCESS;
}
