/* The smallest extension: two entry points, no TerminateExtension, one write. */
#include "isapi.h"

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  static const char page[] = "Content-Type: text/plain\r\n\r\nminimal\n";
  DWORD size = sizeof page - 1;
  return ecb->WriteClient(ecb->ConnID, (LPVOID)page, &size, HSE_IO_SYNC) ? HSE_STATUS_SUCCESS
                                                                          : HSE_STATUS_ERROR;
}
