/* An extension that needs other.dll or libother.so beside it. */
#include <stdio.h>

#include "isapi.h"

extern int other_answer(void);

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  char page[100];
  int length = snprintf(page, sizeof page, "Content-Type: text/plain\r\n\r\nanswer=%d\n", other_answer());
  if (length < 0 || (size_t)length >= sizeof page) return HSE_STATUS_ERROR;
  DWORD size = (DWORD)length;
  return ecb->WriteClient(ecb->ConnID, page, &size, HSE_IO_SYNC) ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}
