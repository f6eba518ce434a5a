/*
 * page.h - writes an HTML page through WriteClient, for the samples that make larger ones.
 *
 * Bytes are collected and written 4 KiB at a time: each WriteClient reaches the client at once, so that many small
 * ones are slow. A failed write (the client went away) is remembered, and page_end reports it; what is written after
 * it goes nowhere.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdio.h>
#include <string.h>

#include "isapi.h"

struct page {
  EXTENSION_CONTROL_BLOCK *ecb;
  BOOL failed;
  DWORD length;
  char bytes[4096];
};

static inline void page_flush(struct page *page) {
  DWORD size = page->length;
  if (size > 0 && !page->failed) {
    page->failed = !page->ecb->WriteClient(page->ecb->ConnID, page->bytes, &size, HSE_IO_SYNC);
  }
  page->length = 0;
}

static inline void page_byte(struct page *page, char byte) {
  if (page->length == sizeof page->bytes) page_flush(page);
  page->bytes[page->length++] = byte;
}

/* Writes HTML as it stands. */
static inline void page_html(struct page *page, const char *html) {
  for (; *html != '\0'; html++) page_byte(page, *html);
}

/*
 * Writes text that came from outside, with the characters that mean something in HTML made harmless. Without this, a
 * header or a query string that holds a <script> would run in the reader's browser.
 */
static inline void page_text(struct page *page, const char *text) {
  for (; *text != '\0'; text++) {
    switch (*text) {
      case '&': page_html(page, "&amp;"); break;
      case '<': page_html(page, "&lt;"); break;
      case '>': page_html(page, "&gt;"); break;
      case '"': page_html(page, "&quot;"); break;
      case '\'': page_html(page, "&#39;"); break;
      default: page_byte(page, *text);
    }
  }
}

static inline void page_number(struct page *page, long number) {
  char text[24];
  snprintf(text, sizeof text, "%ld", number);
  page_html(page, text);
}

/* Begins a page: the header lines, the empty line, and the HTML up to the heading. */
static inline void page_begin(struct page *page, EXTENSION_CONTROL_BLOCK *ecb, const char *title) {
  page->ecb = ecb;
  page->failed = FALSE;
  page->length = 0;
  page_html(page, "Content-Type: text/html; charset=utf-8\r\n\r\n<!doctype html>\n<html lang=\"en\">\n");
  page_html(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
  page_text(page, title);
  page_html(page, "</title><link rel=\"stylesheet\" href=\"/style.css\">\n<h1>");
  page_text(page, title);
  page_html(page, "</h1>\n");
}

/* Ends the page and returns what HttpExtensionProc is to return. */
static inline DWORD page_end(struct page *page) {
  page_html(page, "</html>\n");
  page_flush(page);
  return page->failed ? HSE_STATUS_ERROR : HSE_STATUS_SUCCESS;
}

/* Fills in what GetExtensionVersion has to. */
static inline BOOL describe(HSE_VERSION_INFO *version, const char *description) {
  version->dwExtensionVersion = HSE_VERSION;
  snprintf(version->lpszExtensionDesc, sizeof version->lpszExtensionDesc, "%s", description);
  return TRUE;
}

#endif
