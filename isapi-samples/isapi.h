/*
 * isapi.h - the ISAPI extension interface under one set of names, for every target of this folder.
 *
 * On Windows (mingw-w64, Visual C++) this is the platform's own <httpext.h>. On ELF platforms the same names
 * are declared here: DWORD has 32 bits, pointers have the platform's size, functions use the platform's C calling
 * convention, strings are bytes, and the last error is errno of the calling thread.
 *
 * An extension exports three functions, and this is all that a server knows of it:
 *
 *   BOOL  WINAPI GetExtensionVersion(HSE_VERSION_INFO *version);         once after loading; FALSE refuses
 *   DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb);        for each request, from any thread
 *   BOOL  WINAPI TerminateExtension(DWORD flags);                        before unloading; optional
 *
 * Define them with ISAPI_EXPORT in front. On Windows a .def file (isapi.def) exports them, because that is what
 * keeps the names of 32-bit builds free of the "@4" that the calling convention adds.
 */
#ifndef ISAPI_H
#define ISAPI_H

#ifdef _WIN32

#include <windows.h>

#include <httpext.h>

#define ISAPI_EXPORT

/* What the server leaves behind as the last error when one of its functions returns FALSE. */
#define ISAPI_ERROR_INVALID_PARAMETER ERROR_INVALID_PARAMETER
#define ISAPI_ERROR_INVALID_INDEX ERROR_INVALID_INDEX
#define ISAPI_ERROR_INSUFFICIENT_BUFFER ERROR_INSUFFICIENT_BUFFER
#define ISAPI_ERROR_READ_FAULT ERROR_READ_FAULT
#define ISAPI_ERROR_WRITE_FAULT ERROR_WRITE_FAULT
#define ISAPI_ERROR_ACCESS_DENIED ERROR_ACCESS_DENIED

static inline DWORD isapi_last_error(void) { return GetLastError(); }

static inline void isapi_set_last_error(DWORD code) { SetLastError(code); }

#else /* ELF */

#include <errno.h>
#include <stdint.h>

#ifdef __cplusplus
#define ISAPI_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define ISAPI_EXPORT __attribute__((visibility("default")))
#endif

/* Windows has several numbers where errno has one: an unknown name and a bad argument are both EINVAL. */
#define ISAPI_ERROR_INVALID_PARAMETER EINVAL
#define ISAPI_ERROR_INVALID_INDEX EINVAL
#define ISAPI_ERROR_INSUFFICIENT_BUFFER ENOBUFS
#define ISAPI_ERROR_READ_FAULT EIO
#define ISAPI_ERROR_WRITE_FAULT EIO
#define ISAPI_ERROR_ACCESS_DENIED EACCES

#define WINAPI
#define TRUE 1
#define FALSE 0
#define MAX_PATH 260
#define MAKELONG(low, high) ((DWORD)(((DWORD)(low) & 0xffffu) | (((DWORD)(high) & 0xffffu) << 16)))
#define INVALID_HANDLE_VALUE (-1)

typedef int BOOL;
typedef char CHAR;
typedef uint8_t BYTE;
typedef uint16_t USHORT;
typedef uint16_t WCHAR; /* UTF-16, also where wchar_t is larger */
typedef uint32_t DWORD;
typedef uint64_t ULONGLONG;
typedef int32_t HRESULT;
typedef void *LPVOID;
typedef void *PVOID;
typedef void VOID;
typedef BYTE *LPBYTE;
typedef DWORD *LPDWORD;
typedef CHAR *LPSTR;
typedef const CHAR *LPCSTR;
typedef WCHAR *LPWSTR;
typedef int HANDLE; /* a file descriptor; every field of this type is padded to a pointer's size */

static inline DWORD isapi_last_error(void) { return (DWORD)errno; }

static inline void isapi_set_last_error(DWORD code) { errno = (int)code; }

/* The interface's version and fixed sizes. */
#define HSE_VERSION_MAJOR 6
#define HSE_VERSION_MINOR 0
#define HSE_VERSION MAKELONG(HSE_VERSION_MINOR, HSE_VERSION_MAJOR)
#define HSE_LOG_BUFFER_LEN 80
#define HSE_MAX_EXT_DLL_NAME_LEN 256

/* What HttpExtensionProc returns. */
#define HSE_STATUS_SUCCESS 1
#define HSE_STATUS_SUCCESS_AND_KEEP_CONN 2
#define HSE_STATUS_PENDING 3
#define HSE_STATUS_ERROR 4

/* What TerminateExtension is called with. */
#define HSE_TERM_ADVISORY_UNLOAD 1
#define HSE_TERM_MUST_UNLOAD 2

/* Flags of WriteClient, TRANSMIT_FILE and VECTOR_SEND. */
#define HSE_IO_SYNC 0x1
#define HSE_IO_ASYNC 0x2
#define HSE_IO_DISCONNECT_AFTER_SEND 0x4
#define HSE_IO_SEND_HEADERS 0x8
#define HSE_IO_FINAL_SEND 0x10
#define HSE_IO_CACHE_RESPONSE 0x20
#define HSE_IO_TRY_SKIP_CUSTOM_ERRORS 0x40
#define HSE_IO_NODELAY 0x1000

/* Codes of ServerSupportFunction. */
#define HSE_REQ_SEND_URL_REDIRECT_RESP 1
#define HSE_REQ_SEND_URL 2
#define HSE_REQ_SEND_RESPONSE_HEADER 3
#define HSE_REQ_DONE_WITH_SESSION 4
#define HSE_REQ_MAP_URL_TO_PATH 1001
#define HSE_REQ_GET_SSPI_INFO 1002
#define HSE_APPEND_LOG_PARAMETER 1003
#define HSE_REQ_IO_COMPLETION 1005
#define HSE_REQ_TRANSMIT_FILE 1006
#define HSE_REQ_REFRESH_ISAPI_ACL 1007
#define HSE_REQ_IS_KEEP_CONN 1008
#define HSE_REQ_ASYNC_READ_CLIENT 1010
#define HSE_REQ_GET_IMPERSONATION_TOKEN 1011
#define HSE_REQ_MAP_URL_TO_PATH_EX 1012
#define HSE_REQ_ABORTIVE_CLOSE 1014
#define HSE_REQ_GET_CERT_INFO_EX 1015
#define HSE_REQ_SEND_RESPONSE_HEADER_EX 1016
#define HSE_REQ_CLOSE_CONNECTION 1017
#define HSE_REQ_IS_CONNECTED 1018
#define HSE_REQ_MAP_UNICODE_URL_TO_PATH 1023
#define HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX 1024
#define HSE_REQ_EXEC_UNICODE_URL 1025
#define HSE_REQ_EXEC_URL 1026
#define HSE_REQ_GET_EXEC_URL_STATUS 1027
#define HSE_REQ_SEND_CUSTOM_ERROR 1028
#define HSE_REQ_IS_IN_PROCESS 1030
#define HSE_REQ_REPORT_UNHEALTHY 1032
#define HSE_REQ_NORMALIZE_URL 1033
#define HSE_REQ_VECTOR_SEND 1037
#define HSE_REQ_GET_ANONYMOUS_TOKEN 1038
#define HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK 1040
#define HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN 1041
#define HSE_REQ_GET_TRACE_INFO 1042
#define HSE_REQ_SET_FLUSH_FLAG 1043
#define HSE_REQ_GET_TRACE_INFO_EX 1044
#define HSE_REQ_RAISE_TRACE_EVENT 1045
#define HSE_REQ_GET_CONFIG_OBJECT 1046
#define HSE_REQ_GET_WORKER_PROCESS_SETTINGS 1047
#define HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK 1048
#define HSE_REQ_CANCEL_IO 1049
#define HSE_REQ_GET_CHANNEL_BINDING_TOKEN 1050

/* What MAP_URL_TO_PATH_EX says may be done with the URL. */
#define HSE_URL_FLAGS_READ 0x1
#define HSE_URL_FLAGS_WRITE 0x2
#define HSE_URL_FLAGS_EXECUTE 0x4
#define HSE_URL_FLAGS_SSL 0x8
#define HSE_URL_FLAGS_DONT_CACHE 0x10
#define HSE_URL_FLAGS_NEGO_CERT 0x20
#define HSE_URL_FLAGS_REQUIRE_CERT 0x40
#define HSE_URL_FLAGS_MAP_CERT 0x80
#define HSE_URL_FLAGS_SSL128 0x100
#define HSE_URL_FLAGS_SCRIPT 0x200
#define HSE_URL_FLAGS_MASK 0x3ff

/* Flags of EXEC_URL, element types of VECTOR_SEND, answers to IS_IN_PROCESS. */
#define HSE_EXEC_URL_NO_HEADERS 0x2
#define HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR 0x4
#define HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE 0x10
#define HSE_EXEC_URL_DISABLE_CUSTOM_ERROR 0x20
#define HSE_EXEC_URL_SSI_CMD 0x40
#define HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE 0x80
#define HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER 0
#define HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE 1
#define HSE_APP_FLAG_IN_PROCESS 0
#define HSE_APP_FLAG_ISOLATED_OOP 1
#define HSE_APP_FLAG_POOLED_OOP 2

#ifdef __cplusplus
extern "C" {
#endif

typedef void *HCONN;

typedef struct _HSE_VERSION_INFO {
  DWORD dwExtensionVersion;
  CHAR lpszExtensionDesc[HSE_MAX_EXT_DLL_NAME_LEN];
} HSE_VERSION_INFO, *LPHSE_VERSION_INFO;

/* Everything about one request, and the four functions through which an extension talks to the server. */
typedef struct _EXTENSION_CONTROL_BLOCK {
  DWORD cbSize;
  DWORD dwVersion;
  HCONN ConnID;
  DWORD dwHttpStatusCode;
  CHAR lpszLogData[HSE_LOG_BUFFER_LEN];
  LPSTR lpszMethod;
  LPSTR lpszQueryString;
  LPSTR lpszPathInfo;
  LPSTR lpszPathTranslated;
  DWORD cbTotalBytes;
  DWORD cbAvailable;
  LPBYTE lpbData;
  LPSTR lpszContentType;
  BOOL(WINAPI *GetServerVariable)(HCONN conn, LPSTR name, LPVOID buffer, LPDWORD size);
  BOOL(WINAPI *WriteClient)(HCONN conn, LPVOID data, LPDWORD size, DWORD flags);
  BOOL(WINAPI *ReadClient)(HCONN conn, LPVOID buffer, LPDWORD size);
  BOOL(WINAPI *ServerSupportFunction)(HCONN conn, DWORD code, LPVOID buffer, LPDWORD size, LPDWORD type);
} EXTENSION_CONTROL_BLOCK, *LPEXTENSION_CONTROL_BLOCK;

typedef VOID(WINAPI *PFN_HSE_IO_COMPLETION)(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes,
                                            DWORD error);
typedef HRESULT(WINAPI *PFN_HSE_CACHE_INVALIDATION_CALLBACK)(WCHAR *url);

/* What ServerSupportFunction takes and fills in. */
typedef struct _HSE_URL_MAPEX_INFO {
  CHAR lpszPath[MAX_PATH];
  DWORD dwFlags;
  DWORD cchMatchingPath;
  DWORD cchMatchingURL;
  DWORD dwReserved1;
  DWORD dwReserved2;
} HSE_URL_MAPEX_INFO, *LPHSE_URL_MAPEX_INFO;

typedef struct _HSE_UNICODE_URL_MAPEX_INFO {
  WCHAR lpszPath[MAX_PATH];
  DWORD dwFlags;
  DWORD cchMatchingPath;
  DWORD cchMatchingURL;
} HSE_UNICODE_URL_MAPEX_INFO, *LPHSE_UNICODE_URL_MAPEX_INFO;

typedef struct _HSE_TF_INFO {
  PFN_HSE_IO_COMPLETION pfnHseIO;
  PVOID pContext;
  HANDLE hFile;
  LPCSTR pszStatusCode;
  DWORD BytesToWrite;
  DWORD Offset;
  PVOID pHead;
  DWORD HeadLength;
  PVOID pTail;
  DWORD TailLength;
  DWORD dwFlags;
} HSE_TF_INFO, *LPHSE_TF_INFO;

typedef struct _HSE_SEND_HEADER_EX_INFO {
  LPCSTR pszStatus;
  LPCSTR pszHeader;
  DWORD cchStatus;
  DWORD cchHeader;
  BOOL fKeepConn;
} HSE_SEND_HEADER_EX_INFO, *LPHSE_SEND_HEADER_EX_INFO;

typedef struct _HSE_EXEC_URL_USER_INFO {
  PVOID hImpersonationToken; /* a HANDLE on Windows; there are none here */
  LPSTR pszCustomUserName;
  LPSTR pszCustomAuthType;
} HSE_EXEC_URL_USER_INFO, *LPHSE_EXEC_URL_USER_INFO;

typedef struct _HSE_EXEC_URL_ENTITY_INFO {
  DWORD cbAvailable;
  LPVOID lpbData;
} HSE_EXEC_URL_ENTITY_INFO, *LPHSE_EXEC_URL_ENTITY_INFO;

typedef struct _HSE_EXEC_URL_STATUS {
  USHORT uHttpStatusCode;
  USHORT uHttpSubStatus;
  DWORD dwWin32Error;
} HSE_EXEC_URL_STATUS, *LPHSE_EXEC_URL_STATUS;

typedef struct _HSE_EXEC_URL_INFO {
  LPSTR pszUrl;
  LPSTR pszMethod;
  LPSTR pszChildHeaders;
  LPHSE_EXEC_URL_USER_INFO pUserInfo;
  LPHSE_EXEC_URL_ENTITY_INFO pEntity;
  DWORD dwExecUrlFlags;
} HSE_EXEC_URL_INFO, *LPHSE_EXEC_URL_INFO;

typedef struct _HSE_EXEC_UNICODE_URL_USER_INFO {
  PVOID hImpersonationToken; /* a HANDLE on Windows; there are none here */
  LPWSTR pszCustomUserName;
  LPSTR pszCustomAuthType;
} HSE_EXEC_UNICODE_URL_USER_INFO, *LPHSE_EXEC_UNICODE_URL_USER_INFO;

typedef struct _HSE_EXEC_UNICODE_URL_INFO {
  LPWSTR pszUrl;
  LPSTR pszMethod;
  LPSTR pszChildHeaders;
  LPHSE_EXEC_UNICODE_URL_USER_INFO pUserInfo;
  LPHSE_EXEC_URL_ENTITY_INFO pEntity;
  DWORD dwExecUrlFlags;
} HSE_EXEC_UNICODE_URL_INFO, *LPHSE_EXEC_UNICODE_URL_INFO;

typedef struct _HSE_CUSTOM_ERROR_INFO {
  CHAR *pszStatus;
  USHORT uHttpSubError;
  BOOL fAsync;
} HSE_CUSTOM_ERROR_INFO, *LPHSE_CUSTOM_ERROR_INFO;

typedef struct _HSE_VECTOR_ELEMENT {
  DWORD ElementType;
  PVOID pvContext;
  ULONGLONG cbOffset;
  ULONGLONG cbSize;
} HSE_VECTOR_ELEMENT, *LPHSE_VECTOR_ELEMENT;

typedef struct _HSE_RESPONSE_VECTOR {
  DWORD dwFlags;
  LPSTR pszStatus;
  LPSTR pszHeaders;
  DWORD nElementCount;
  LPHSE_VECTOR_ELEMENT lpElementArray;
} HSE_RESPONSE_VECTOR, *LPHSE_RESPONSE_VECTOR;

typedef struct _CERT_CONTEXT {
  DWORD dwCertEncodingType;
  BYTE *pbCertEncoded;
  DWORD cbCertEncoded;
  void *pCertInfo;
  void *hCertStore;
} CERT_CONTEXT;

typedef struct _CERT_CONTEXT_EX {
  CERT_CONTEXT CertContext;
  DWORD cbAllocated;
  DWORD dwCertificateFlags;
} CERT_CONTEXT_EX;

typedef struct _HSE_TRACE_INFO {
  BOOL fTraceRequest;
  BYTE TraceContextId[16];
  DWORD dwReserved1;
  DWORD dwReserved2;
} HSE_TRACE_INFO, *LPHSE_TRACE_INFO;

#ifdef __cplusplus
}
#endif

#endif /* ELF */

#endif /* ISAPI_H */
