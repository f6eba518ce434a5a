/* No extension: a proper library that exports something else. */
#include "isapi.h"

ISAPI_EXPORT int SomethingElse(void) { return 42; }
