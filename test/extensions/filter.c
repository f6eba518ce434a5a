/* An ISAPI filter, which is another kind of library than an extension. */
#include "isapi.h"

ISAPI_EXPORT BOOL WINAPI GetFilterVersion(void *version) {
  (void)version;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpFilterProc(void *context, DWORD type, void *data) {
  (void)context;
  (void)type;
  (void)data;
  return 0x08000002; /* SF_STATUS_REQ_NEXT_NOTIFICATION */
}
