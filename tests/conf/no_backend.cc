// A module that loads and reports no backend, as one does that was built for another minor version.
namespace emailauth::tests {
int nothing = 0;
}
