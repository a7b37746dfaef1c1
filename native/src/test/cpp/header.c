/* rwkv_ms.h is C11: this file is compiled as that, with warnings as errors. */
#include "rwkv_ms.h"

int rwkv_ms_header_is_c11(void);

int rwkv_ms_header_is_c11(void) {
    rwkv_ms_scan_output output = {0};
    const rwkv_ms_runtime_params params = {NULL, 1, 0};
    return (int)output.final_position + params.n_threads - 1;
}
