/*
 * echo - sends back what was uploaded, whatever its size.
 *
 * A request's body comes in two parts. The server reads the first part ahead (48 KiB, see ISAPIReadAheadBuffer) and
 * puts it into the control block; the rest is fetched with ReadClient:
 *
 *   cbTotalBytes    the length of the whole body, or 0xFFFFFFFF when it is not known in advance: a body sent in chunks,
 *                   or one of 4 GiB and more
 *   cbAvailable     how many bytes lpbData holds. Often that is the whole body already
 *   lpbData         those bytes
 *   ReadClient      BOOL ReadClient(ConnID, buffer, &size): `size` is the room before the call and the number of bytes
 *                   read after it. It waits for the client. TRUE with 0 bytes is the end; FALSE is a lost connection
 *
 * The traps are the same in every extension that takes uploads:
 *
 *   - Do not take cbTotalBytes for the size of lpbData. That works until the first upload of more than 48 KiB.
 *   - Do not allocate cbTotalBytes bytes. The client chooses that number.
 *   - Do not expect ReadClient to fill the buffer.
 *   - Do not count on cbTotalBytes for the end: it may be 0xFFFFFFFF, and then TRUE with 0 bytes is the end.
 *
 * Here the bytes go back while the rest is still arriving, so that 8 KiB of memory serve any upload:
 *
 *   curl --data-binary @big.iso http://127.0.0.1:8080/isapi/echo-elf.dll | cmp - big.iso
 *
 * The answer is text/plain with nosniff, not the type that the client named: sending back foreign HTML as HTML from
 * one's own address would let its scripts act for the reader.
 */
#include <string.h>

#include "page.h"

#define UNKNOWN_LENGTH 0xFFFFFFFFu

static BOOL send_bytes(EXTENSION_CONTROL_BLOCK *ecb, const void *bytes, DWORD length) {
  return length == 0 || ecb->WriteClient(ecb->ConnID, (LPVOID)bytes, &length, HSE_IO_SYNC);
}

static DWORD form(EXTENSION_CONTROL_BLOCK *ecb) {
  struct page page;
  page_begin(&page, ecb, "Echo");
  page_html(&page,
            "<form method=\"post\" enctype=\"multipart/form-data\">\n"
            "<p><input name=\"text\" value=\"some text\"> <input type=\"file\" name=\"file\"> <button>Send</button>\n"
            "</form>\n"
            "<p>What comes back is the body as the browser sent it: each field with its own small header.\n");
  return page_end(&page);
}

static DWORD echo(EXTENSION_CONTROL_BLOCK *ecb) {
  char header[160];
  int length;
  if (ecb->cbTotalBytes == UNKNOWN_LENGTH) {
    length = snprintf(header, sizeof header,
                      "Content-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n\r\n");
  } else {
    length = snprintf(header, sizeof header,
                      "Content-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\nContent-Length: %lu\r\n\r\n",
                      (unsigned long)ecb->cbTotalBytes);
  }
  if (length < 0 || (size_t)length >= sizeof header) return HSE_STATUS_ERROR;
  if (!send_bytes(ecb, header, (DWORD)length)) return HSE_STATUS_ERROR;

  /* First what is here already ... */
  if (!send_bytes(ecb, ecb->lpbData, ecb->cbAvailable)) return HSE_STATUS_ERROR;

  /* ... then the rest as it comes. */
  DWORD received = ecb->cbAvailable;
  while (ecb->cbTotalBytes == UNKNOWN_LENGTH || received < ecb->cbTotalBytes) {
    char buffer[8192];
    DWORD size = sizeof buffer;
    if (!ecb->ReadClient(ecb->ConnID, buffer, &size)) return HSE_STATUS_ERROR;
    if (size == 0) break;
    if (!send_bytes(ecb, buffer, size)) return HSE_STATUS_ERROR;
    received += size;
  }
  return HSE_STATUS_SUCCESS;
}

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  return describe(version, "echo, sends back what was uploaded");
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  BOOL reading = strcmp(ecb->lpszMethod, "GET") == 0 || strcmp(ecb->lpszMethod, "HEAD") == 0;
  return reading ? form(ecb) : echo(ecb);
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}
