// policy/cli/terminal/no_pass_phrase.h - OpenSSL's callback for pass phrases: there is none.
//
// Without it OpenSSL asks the terminal, and waits, for any text that calls itself encrypted.
#pragma once

namespace emailauth::cli {

// Pass this to every PEM_read_…() as its callback: an encrypted text is then unreadable.
inline int no_pass_phrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

}  // namespace emailauth::cli
