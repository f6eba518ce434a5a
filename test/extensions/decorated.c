/*
 * Built without a .def file: the 32-bit Windows build exports GetExtensionVersion@4 and so on, the names that the
 * stdcall convention makes. Says when an entry point is called with a last error, which can only be the server's own.
 */
#include "isapi.h"

#ifdef _WIN32
#define SHARED __declspec(dllexport)
#else
#define SHARED ISAPI_EXPORT
#endif

SHARED BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  if (isapi_last_error() != 0) return FALSE;
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

SHARED DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  BOOL clean = isapi_last_error() == 0;
  static const char page[] = "Content-Type: text/plain\r\n\r\ndecorated\n";
  DWORD size = sizeof page - 1;
  if (!clean) return HSE_STATUS_ERROR;
  return ecb->WriteClient(ecb->ConnID, (LPVOID)page, &size, HSE_IO_SYNC) ? HSE_STATUS_SUCCESS
                                                                          : HSE_STATUS_ERROR;
}

SHARED BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}
