// What PowerDNS' headers ask of the config.h of its own build. None of these
// changes the layout of a class.
#define HAVE_EVP_MD_CTX_NEW 1
#define HAVE_EVP_MD_CTX_FREE 1
#define HAVE_LUA_RECORDS 1
#define HAVE_LIBCRYPTO 1
