#pragma once

namespace test {

// C++ allocations of this process so far.
long allocations();

} // namespace test
