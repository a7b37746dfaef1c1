// rwkv_ms_scan: the scan alone, on a caller's features.
#include "api.h"
#include "scan_call.h"

using namespace rwkv_ms;

int32_t rwkv_ms_scan(rwkv_ms_runtime *handle, const rwkv_ms_config *config, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) {
    return with(handle, [&](const rwkv_ms_runtime &runtime) {
        not_null(config, "config");
        not_null(input, "input");
        not_null(output, "output");
        check_scan_config(*config);
        runtime.library->check_scan(*config);
        const ScanSizes sizes = check_scan_call(*config, *input, *output);
        Results results(runtime.library->writes_on_success_alone());
        const auto beside = [&](const rwkv_ms_buffer &theirs, size_t count) {
            return rwkv_ms_buffer{results.beside(theirs.data, count), count};
        };
        rwkv_ms_scan_output out{beside(output->w_decay, sizes.rows),
                                beside(output->keep, sizes.rows),
                                beside(output->erase, sizes.rows),
                                beside(output->write, sizes.rows),
                                beside(output->raw_reads, sizes.rows),
                                beside(output->read_routes_per_head, sizes.routes_per_head),
                                beside(output->read_routes, sizes.routes),
                                beside(output->write_routes, sizes.routes),
                                beside(output->final_state, sizes.state),
                                results.beside(output->slot_indices, sizes.tokens),
                                sizes.tokens,
                                0};
        runtime.library->scan(*config, *input, out);
        results.deliver();
        output->final_position = out.final_position;
    });
}
