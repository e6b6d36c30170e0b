/*
 * hpack_cases: header blocks, in hexadecimal, and what they say. Data only.
 *
 * A dialog is a row of blocks for one decoder, each with the fields it has, one on a line, and the
 * entries of the dynamic table after it, the newest first, then its size.
 */
#ifndef UVT_HPACK_CASES_H
#define UVT_HPACK_CASES_H

#include "../hpack_decoder.h"

#define MOST_BLOCKS 4

typedef struct {
    const char *hex, *fields, *table;
    uint32_t size;
} hpack_block;

typedef struct {
    const char *sentence;
    uint32_t room;
    hpack_block blocks[MOST_BLOCKS];
} hpack_dialog;

typedef struct {
    const char *sentence, *hex;
    int verdict;
} hpack_refused_case;

#define REQUEST_1 ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n"
#define REQUEST_2 REQUEST_1 "cache-control: no-cache\n"
#define REQUEST_3 \
    ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\n" \
    "custom-key: custom-value\n"
#define AUTHORITY_ENTRY ":authority: www.example.com\n"
#define REQUEST_TABLE_2 "cache-control: no-cache\n" AUTHORITY_ENTRY
#define REQUEST_TABLE_3 "custom-key: custom-value\n" REQUEST_TABLE_2

#define LOCATION "location: https://www.example.com\n"
#define DATE_1 "date: Mon, 21 Oct 2013 20:13:21 GMT\n"
#define DATE_2 "date: Mon, 21 Oct 2013 20:13:22 GMT\n"
#define PRIVATE "cache-control: private\n"
#define GZIP "content-encoding: gzip\n"
#define SET_COOKIE "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\n"
#define RESPONSE_1 ":status: 302\n" PRIVATE DATE_1 LOCATION
#define RESPONSE_2 ":status: 307\n" PRIVATE DATE_1 LOCATION
#define RESPONSE_3 ":status: 200\n" PRIVATE DATE_2 LOCATION GZIP SET_COOKIE
#define RESPONSE_TABLE_1 LOCATION DATE_1 PRIVATE ":status: 302\n"
#define RESPONSE_TABLE_2 ":status: 307\n" LOCATION DATE_1 PRIVATE
#define RESPONSE_TABLE_3 SET_COOKIE GZIP DATE_2

static const hpack_dialog hpack_dialogs[] = {
    {"RFC 7541 C.2.1: literal, added", 4096,
     {{"400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header\n",
       "custom-key: custom-header\n", 55}}},
    {"RFC 7541 C.2.2: literal, not added", 4096,
     {{"040c2f73616d706c652f70617468", ":path: /sample/path\n", "", 0}}},
    {"RFC 7541 C.2.3: literal, never indexed", 4096,
     {{"100870617373776f726406736563726574", "password: secret\n", "", 0}}},
    {"RFC 7541 C.2.4: indexed", 4096, {{"82", ":method: GET\n", "", 0}}},
    {"RFC 7541 C.3: requests", 4096,
     {{"828684410f7777772e6578616d706c652e636f6d", REQUEST_1, AUTHORITY_ENTRY, 57},
      {"828684be58086e6f2d6361636865", REQUEST_2, REQUEST_TABLE_2, 110},
      {"828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", REQUEST_3, REQUEST_TABLE_3,
       164}}},
    {"RFC 7541 C.4: requests in Huffman code", 4096,
     {{"828684418cf1e3c2e5f23a6ba0ab90f4ff", REQUEST_1, AUTHORITY_ENTRY, 57},
      {"828684be5886a8eb10649cbf", REQUEST_2, REQUEST_TABLE_2, 110},
      {"828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", REQUEST_3, REQUEST_TABLE_3, 164}}},
    {"RFC 7541 C.5: responses, with eviction", 256,
     {{"4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
       "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
       RESPONSE_1, RESPONSE_TABLE_1, 222},
      {"4803333037c1c0bf", RESPONSE_2, RESPONSE_TABLE_2, 222},
      {"88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f"
       "3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076"
       "657273696f6e3d31",
       RESPONSE_3, RESPONSE_TABLE_3, 215}}},
    {"RFC 7541 C.6: responses in Huffman code, with eviction", 256,
     {{"488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f"
       "0b97c8e9ae82ae43d3",
       RESPONSE_1, RESPONSE_TABLE_1, 222},
      {"4883640effc1c0bf", RESPONSE_2, RESPONSE_TABLE_2, 222},
      {"88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335df"
       "dfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
       RESPONSE_3, RESPONSE_TABLE_3, 215}}},
    {"a block of nothing", 4096, {{"", "", "", 0}}},
    {"empty strings", 4096, {{"400000 000000 be", ": \n: \n: \n", ": \n", 32}}},
    {"an empty string in Huffman code", 4096, {{"0480 008000", ":path: \n: \n", "", 0}}},
    {"the last entry of the static table", 4096, {{"bd", "www-authenticate: \n", "", 0}}},
    {"a static name with an index of two bytes", 4096,
     {{"0f2e0131", "www-authenticate: 1\n", "", 0}}},
    {"an integer with a byte that says nothing", 4096,
     {{"0f800001 61", "accept-charset: a\n", "", 0}}},
    {"section 4.4: the name of an entry that has to go for it", 64,
     {{"4001610162 7e0463636363", "a: b\na: cccc\n", "a: cccc\n", 37},
      {"7e036c6f6e", "a: lon\n", "a: lon\n", 36},
      {"be 7e821c7f", "a: lon\na: ab\n", "a: ab\n", 35}}},
    {"section 4.4: an entry that is larger than the table empties it", 40,
     {{"4001610162 7e0863636363 63636363", "a: b\na: cccccccc\n", "", 0},
      {"4001610162", "a: b\n", "a: b\n", 34}}},
    {"an entry of the size of the table", 34, {{"4001610162 4001630164", "a: b\nc: d\n",
                                               "c: d\n", 34}}},
    {"a table without room", 0, {{"4001610162 82", "a: b\n:method: GET\n", "", 0}}},
    {"section 4.3: a smaller table drops the oldest", 4096,
     {{"4001610162 4001630164", "a: b\nc: d\n", "c: d\na: b\n", 68},
      {"3f0e be", "c: d\n", "c: d\n", 34},
      {"3f9a0a 4001650166 bf", "e: f\nc: d\n", "e: f\nc: d\n", 68},
      {"20", "", "", 0}}},
    {"section 4.2: the smallest size in between, then the last one", 4096,
     {{"4001610162", "a: b\n", "a: b\n", 34}, {"20 3fe11f 82", ":method: GET\n", "", 0}}},
    {"two fields with the same entry are two", 4096,
     {{"4001610162 4001610162 bebf", "a: b\na: b\na: b\na: b\n", "a: b\na: b\n", 68}}},
};

static const hpack_refused_case refused_hpack[] = {
    {"index 0", "80", UVC_HPACK_BAD_INDEX},
    {"the first index behind the tables", "be", UVC_HPACK_BAD_INDEX},
    {"an index behind one entry", "4001610162 bf", UVC_HPACK_BAD_INDEX},
    {"a large index", "ffffff7f", UVC_HPACK_BAD_INDEX},
    {"a name behind the tables", "7e0161", UVC_HPACK_BAD_INDEX},
    {"a name behind the tables, not added", "0f2f0161", UVC_HPACK_BAD_INDEX},
    {"a name behind the tables, never indexed", "1f2f0161", UVC_HPACK_BAD_INDEX},
    {"an integer of five bytes behind its prefix", "ff8080808001", UVC_HPACK_BAD_INTEGER},
    {"an integer that says nothing in five bytes", "ff8080808000", UVC_HPACK_BAD_INTEGER},
    {"an integer that goes on and on", "0fffffffffffffffffffffff", UVC_HPACK_BAD_INTEGER},
    {"a string with such a length", "047fffffffffff0f61", UVC_HPACK_BAD_INTEGER},
    {"a size update of that kind", "3fffffffff7f", UVC_HPACK_BAD_INTEGER},
    {"an index without its end", "ff", UVC_HPACK_CUT_SHORT},
    {"an index without its last byte", "ff80", UVC_HPACK_CUT_SHORT},
    {"a name without its index", "0f", UVC_HPACK_CUT_SHORT},
    {"a literal without a name", "00", UVC_HPACK_CUT_SHORT},
    {"a name that is longer than the block", "00026101", UVC_HPACK_CUT_SHORT},
    {"a literal without a value", "000161", UVC_HPACK_CUT_SHORT},
    {"a value that is longer than the block", "0001610562626262", UVC_HPACK_CUT_SHORT},
    {"a value of 2^28 bytes", "0001617fffffff7f62", UVC_HPACK_CUT_SHORT},
    {"a size update without its end", "3f", UVC_HPACK_CUT_SHORT},
    {"a name with wrong padding", "0081000161", UVC_HPACK_BAD_HUFFMAN},
    {"a value with a byte of padding", "000161821fff", UVC_HPACK_BAD_HUFFMAN},
    {"a value with EOS", "00016184ffffffff", UVC_HPACK_BAD_HUFFMAN},
    {"a size above the limit", "3fe21f", UVC_HPACK_BAD_SIZE},
    {"a second size above the limit", "203fe21f", UVC_HPACK_BAD_SIZE},
    {"a size update behind a field", "8220", UVC_HPACK_MISPLACED_SIZE},
    {"a size update at the end of all fields", "00016101623fe11f", UVC_HPACK_MISPLACED_SIZE},
};

#endif
