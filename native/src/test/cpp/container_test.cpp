// The container of a sidecar: what no reader may take, and what ggml takes, wraps around or aborts on.
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"

using namespace test;

namespace {

constexpr size_t kCounts = 8, kFirstKey = 24; // of a GGUF file: behind magic and version, behind the counts

std::string patched(std::string bytes, size_t at, const std::string &with) {
    return bytes.replace(at, with.size(), with);
}
std::string patched(size_t at, const std::string &with) { return patched(Sidecar().bytes(), at, with); }

// Offset of a tensor's info, which starts with the length of its name.
size_t info_of(const std::string &bytes, const std::string &name) {
    return bytes.find(raw_string(name) + raw<uint32_t>(1)) != std::string::npos
               ? bytes.find(raw_string(name) + raw<uint32_t>(1))
               : bytes.find(raw_string(name) + raw<uint32_t>(2));
}

std::string at_byte(size_t at) { return " at byte " + std::to_string(at); }

std::function<void(Sidecar &)> extra_key(const std::string &name, const Value &value) {
    return [=](Sidecar &s) { s.keys.emplace_back(name, value); };
}

Value array(uint32_t type, uint64_t count, const std::string &elements) {
    return {9, raw(type) + raw(count) + elements};
}

// Offset of the value of the last key, whose bytes are given.
size_t last_value(const std::string &name, const Value &value) {
    Sidecar sidecar;
    sidecar.keys.emplace_back(name, value);
    return sidecar.bytes().rfind(raw_string(name) + raw(value.type)) + 8 + name.size() + 4;
}

} // namespace

TEST(files_that_cannot_be_read) {
    rwkv_ms_sidecar *opened = nullptr;
    const auto expect = [&](const char *path, const char *text) {
        CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), path, nullptr, 0, &opened)),
                    "RWKV_MS_E_FILE_UNREADABLE");
        std::string line = path + std::string(text); // an error is one line, whatever the file is called
        for (char &c : line) c = c == '\r' || c == '\n' ? ' ' : c;
        CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), line);
    };
    for (const char *absent : {"absent.gguf", "absent\n", "\rabsent"})
        expect(absent, ": cannot be opened: No such file or directory");
    expect(".", ": cannot be read: Is a directory");
    expect("/dev/null", ": cannot be read: not a regular file");
    expect("/dev/zero", ": cannot be read: not a regular file"); // without an end
    std::remove("pipe");
    CHECK_EQUAL(mkfifo("pipe", 0600), 0);
    expect("pipe", ": cannot be read: not a regular file"); // without a writer
    std::remove("pipe");
}

// A sparse file takes no room on disk.
TEST(a_huge_file_is_not_read) {
    write_file("huge.gguf", Sidecar().bytes());
    CHECK_EQUAL(truncate("huge.gguf", (int64_t{4} << 30) + 1), 0);
    rwkv_ms_sidecar *opened = nullptr;
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "huge.gguf", nullptr, 0, &opened)),
                "RWKV_MS_E_UNSUPPORTED");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "huge.gguf: file size: expected at most 4294967296 bytes, found 4294967297");
    CHECK_EQUAL(truncate("huge.gguf", int64_t{4} << 30), 0);
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "huge.gguf", nullptr, 0, &opened)), "RWKV_MS_E_FILE_SIZE");
    std::remove("huge.gguf");
}

TEST(headers) {
    const std::string magic = ": not a GGUF file: magic at byte 0: expected 'GGUF', found ";
    expect_fault("", "RWKV_MS_E_GGUF_TRUNCATED",
                 ": header: the magic at byte 0: expected 4 bytes, found 0 before the end of the file");
    expect_fault("GGML and more", "RWKV_MS_E_GGUF_MAGIC", magic + "'GGML'");
    expect_fault(std::string("\0\xff\n'", 4), "RWKV_MS_E_GGUF_MAGIC", magic + R"('\x00\xff\x0a'')");
    const std::string version = ": GGUF version at byte 4: expected 3, found ";
    for (const uint32_t bad : {0u, 1u, 4u})
        expect_fault(patched(4, raw(bad)), "RWKV_MS_E_GGUF_VERSION", version + std::to_string(bad));
    expect_fault(patched(4, raw<uint32_t>(3u << 24)), "RWKV_MS_E_GGUF_VERSION",
                 version + "50331648 (a big-endian file)");
    expect_fault(patched(4, raw<uint32_t>(2)), "RWKV_MS_E_CONTAINER_VERSION", version + "2");
    expect_fault(Sidecar().bytes().substr(0, 12), "RWKV_MS_E_GGUF_TRUNCATED",
                 ": header: the tensor count at byte 8: expected 8 bytes, found 4 before the end of the file");
}

// No claim is believed beyond what the file can hold.
TEST(counts) {
    const std::string whole = Sidecar().bytes();
    const auto max_count = [&](size_t at, size_t size) { return std::to_string((whole.size() - at - 8) / size); };
    const std::string held = " as the rest of the file can hold, found ";
    for (const uint64_t claimed : {uint64_t{1} << 62, UINT64_MAX, uint64_t{whole.size()}}) {
        expect_fault(patched(kCounts, raw(claimed)), "RWKV_MS_E_GGUF_COUNT",
                     ": header: the tensor count at byte 8: expected at most " + max_count(kCounts, 24) + held +
                         std::to_string(claimed));
        expect_fault(patched(kCounts + 8, raw(claimed)), "RWKV_MS_E_GGUF_COUNT",
                     ": header: the key count at byte 16: expected at most " + max_count(kCounts + 8, 13) + held +
                         std::to_string(claimed));
        expect_fault(patched(kFirstKey, raw(claimed)), "RWKV_MS_E_GGUF_TRUNCATED",
                     ": key 0: its name at byte 32: expected " + std::to_string(claimed) + " bytes, found " +
                         std::to_string(whole.size() - 32) + " before the end of the file");
    }
    expect_fault(whole + std::string(24 * 65537, '\0'), "RWKV_MS_E_FILE_SIZE",
                 ": file size: expected " + std::to_string(whole.size()) +
                     " bytes, the padded end of the last tensor, found " + std::to_string(whole.size() + 24 * 65537));
    expect_fault(patched(whole + std::string(24 * 65537, '\0'), kCounts, raw<uint64_t>(65537)), "RWKV_MS_E_GGUF_LIMIT",
                 ": header: the tensor count at byte 8: expected at most 65536, found 65537");
    const Value eight = array(4, uint64_t{1} << 40, std::string(32, '\0'));
    const size_t at = last_value("x", eight);
    Sidecar sidecar;
    sidecar.keys.emplace_back("x", eight);
    expect_fault(sidecar.bytes(), "RWKV_MS_E_GGUF_COUNT",
                 ": key 'x': its element count" + at_byte(at + 4) + ": expected at most " +
                     std::to_string((sidecar.bytes().size() - at - 12) / 4) + held + "1099511627776");
}

TEST(strings) {
    expect_fault(extra_key("x", text("a\xc3(")), "RWKV_MS_E_GGUF_UTF8",
                 ": key 'x': its text" + at_byte(last_value("x", text("")) + 9) +
                     R"(: expected well-formed UTF-8, found '\xc3')");
    expect_fault(extra_key("\xff", u32(1)), "RWKV_MS_E_GGUF_UTF8",
                 ": key " + std::to_string(Sidecar().keys.size()) + ": its name" +
                     at_byte(last_value("y", u32(1)) - 5) + R"(: expected well-formed UTF-8, found '\xff')");
    expect_fault(extra_key("x", array(8, 1, raw_string("\x80"))), "RWKV_MS_E_GGUF_UTF8",
                 ": key 'x': an element" + at_byte(last_value("x", array(8, 1, "")) + 20) +
                     R"(: expected well-formed UTF-8, found '\x80')");
    for (const char *bad : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                            "\xf5\x80\x80\x80", "\xe2\x82", "\xbf"}) {
        SidecarHandle handle;
        Sidecar sidecar;
        sidecar.keys.emplace_back("x", text(bad));
        CHECK_EQUAL(status_text(try_open(sidecar.bytes(), handle)), "RWKV_MS_E_GGUF_UTF8");
    }
    Sidecar sound;
    sound.keys.emplace_back("x", text("\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf"
                                     "\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
    open(sound);
    // A key, its text and a tensor's name: no two of them are too much.
    const std::string large(24 << 20, ' ');
    Sidecar texts;
    texts.set("tensor_manifest_json", text("[]"));
    texts.keys.emplace_back(large, text(large));
    texts.tensors.front().name = large;
    SidecarHandle handle;
    CHECK_EQUAL(status_text(try_open(texts.bytes(), handle)), "RWKV_MS_E_GGUF_TEXT_LIMIT");
}

TEST(values) {
    expect_fault(extra_key("x", {13, "\1"}), "RWKV_MS_E_GGUF_VALUE_TYPE",
                 ": key 'x': its type" + at_byte(last_value("x", {13, ""}) - 4) + ": expected 0 to 12, found 13");
    expect_fault(extra_key("x", {7, "\2"}), "RWKV_MS_E_GGUF_BOOL",
                 ": key 'x': a bool" + at_byte(last_value("x", {7, ""})) + ": expected 0 or 1, found 2");
    expect_fault(extra_key("x", array(7, 3, std::string("\0\1\xff", 3))), "RWKV_MS_E_GGUF_BOOL",
                 ": key 'x': a bool" + at_byte(last_value("x", array(7, 3, "")) + 14) + ": expected 0 or 1, found 255");
    expect_fault(extra_key("x", array(9, 1, array(4, 0, "").bytes)), "RWKV_MS_E_GGUF_NESTED_ARRAY",
                 ": key 'x': its elements" + at_byte(last_value("x", array(9, 1, "")) + 4) +
                     ": expected plain values, found arrays");
    Sidecar sound; // unknown keys of every type are ignored
    for (uint32_t type = 0; type <= 12; ++type) {
        static const size_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};
        sound.keys.emplace_back("x" + std::to_string(type), Value{type, std::string(sizes[type], '\0')});
        if (type == 9) continue;
        sound.keys.emplace_back("y" + std::to_string(type), array(type, 1, std::string(sizes[type], '\0')));
    }
    open(sound);
}

TEST(names) {
    const std::string key = ": key '", rule = ": expected segments of a-z, 0-9 and _ between dots, at most 65535 bytes";
    const auto key_at = [](const std::string &name) { return at_byte(last_value(name, u32(1)) - 12 - name.size()); };
    expect_fault(extra_key("", u32(1)), "RWKV_MS_E_EMPTY_KEY",
                 key + "'" + key_at("") + ": expected a key, found an empty one");
    const std::string nul("delta_mem.rank\0", 15);
    expect_fault(extra_key(nul, u32(1)), "RWKV_MS_E_NAME_NUL",
                 key + R"(delta_mem.rank\x00')" + key_at(nul) + ": expected no NUL, found one");
    for (const std::string bad : {".", "a.", ".a", "a..b", "A", "a-b", "a b"})
        expect_fault(extra_key(bad, u32(1)), "RWKV_MS_E_KEY_NAME", key + bad + "'" + key_at(bad) + rule);
    const std::string endless(65536, 'k');
    expect_fault(extra_key(endless, u32(1)), "RWKV_MS_E_KEY_NAME",
                 key + endless.substr(0, 100) + "...'" + key_at(endless) + rule);
    Sidecar longest; // of a key, and of a tensor that no layer has
    longest.keys.emplace_back(std::string(65535, 'k'), u32(1));
    open(longest);
    const std::string most(63, 't');
    longest.tensors.back().name = most;
    expect_fault(longest.bytes(), "RWKV_MS_E_TENSOR_UNKNOWN", ": tensor '" + most + "': no tensor of a layer has this name");
    const std::string shown(" !~\x7f\x1f\r\n\t\xc2\x80", 10); // what a terminal would not show as it is
    expect_fault(extra_key(shown, u32(1)), "RWKV_MS_E_KEY_NAME",
                 key + R"( !~\x7f\x1f\x0d\x0a\x09\xc2\x80')" + key_at(shown) + rule);
    expect_fault([](Sidecar &s) { s.keys.push_back(s.keys.front()); }, "RWKV_MS_E_DUPLICATE_KEY",
                 key + "general.architecture'" +
                     at_byte(last_value("general.architecture", text("")) - 32) +
                     ": the key stands twice, first at byte 24");
    Sidecar twice;
    twice.tensor("mem_k").name = "blk.0.mem_q";
    const std::string bytes = twice.bytes();
    expect_fault(bytes, "RWKV_MS_E_DUPLICATE_TENSOR",
                 ": tensor 'blk.0.mem_q'" + at_byte(bytes.rfind("blk.0.mem_q") - 8) +
                     ": the name stands twice, first at byte " + std::to_string(info_of(bytes, "blk.0.mem_q")));
    const struct {
        std::string name, shown, status, text;
    } rows[] = {
        {std::string(64, 't'), std::string(64, 't'), "TENSOR_NAME", "expected a name of at most 63 bytes, found 64"},
        {std::string("blk.0.mem_q\0", 12), "blk.0.mem_q\\x00", "NAME_NUL", "expected no NUL, found one"},
        {"", "", "EMPTY_TENSOR_NAME", "expected a name, found an empty one"}};
    for (const auto &row : rows) {
        Sidecar sidecar;
        sidecar.tensors.back().name = row.name;
        const size_t at = sidecar.bytes().find(raw_string(row.name) + raw<uint32_t>(1) + raw<uint64_t>(8) + raw(kBf16),
                                               info_of(sidecar.bytes(), "blk.0.rwkv.ln_x.weight") + 50);
        expect_fault(sidecar.bytes(), "RWKV_MS_E_" + row.status,
                     ": tensor '" + row.shown + "'" + at_byte(at) + ": " + row.text);
    }
}

TEST(tensor_infos) {
    const std::string whole = Sidecar().bytes();
    const size_t info = info_of(whole, "blk.0.mem_k"), dims = info + 8 + 11, type = dims + 4 + 16, offset = type + 4;
    const std::string at = ": tensor 'blk.0.mem_k'", placed = at + at_byte(info) + ": ";
    for (const uint32_t bad : {5u, UINT32_MAX})
        expect_fault(patched(dims, raw(bad)), "RWKV_MS_E_GGUF_DIMENSIONS",
                     at + ": its number of dimensions" + at_byte(dims) + ": expected at most 4, found " +
                         std::to_string(bad));
    for (const uint32_t bad : {4u, 8u, 25u, 31u, 43u, UINT32_MAX}) // withdrawn, of blocks, of integers, unknown
        expect_fault(patched(type, raw(bad)), "RWKV_MS_E_TENSOR_TYPE",
                     placed + "expected type 0 (F32), 1 (F16) or 30 (BF16), found " + std::to_string(bad));
    for (const uint64_t bad : {uint64_t{0}, uint64_t{1025}, uint64_t{1} << 63})
        expect_fault(patched(offset, raw(bad)), "RWKV_MS_E_TENSOR_OFFSET",
                     placed + "expected the data offset 1024, where the one before ends, found " + std::to_string(bad));
    expect_fault(patched(dims + 4, raw(UINT64_MAX)), "RWKV_MS_E_TENSOR_SIZE",
                 placed + "its dimensions [18446744073709551615, 8, 1, 1]: expected a size that fits 63 bits");
    const auto expect_dimensions = [](std::vector<uint64_t> ne, const std::string &status, const std::string &text) {
        Sidecar sidecar;
        sidecar.tensors.back().ne = std::move(ne);
        sidecar.tensors.back().data.resize(2 * sidecar.tensors.back().numel());
        const size_t found = sidecar.bytes().rfind("blk.0.rwkv.ln_x.bias") - 8;
        expect_fault(sidecar.bytes(), status, ": tensor 'blk.0.rwkv.ln_x.bias'" + at_byte(found) + text);
    };
    expect_dimensions({}, "RWKV_MS_E_NO_DIMENSIONS", ": expected 1 to 4 dimensions, found 0");
    expect_dimensions({8, 0}, "RWKV_MS_E_ZERO_DIMENSION", ": dimension 1: expected at least 1, found 0");
    // ggml takes a last tensor whose size wraps around to zero, and aborts on one that it shall read
    const size_t last = info_of(whole, "blk.0.rwkv.ln_x.bias"), ne = last + 8 + 20 + 4;
    const std::string bias = ": tensor 'blk.0.rwkv.ln_x.bias'" + at_byte(last) + ": ";
    Sidecar wraps;
    wraps.tensors.back().ne = {uint64_t{1} << 32, uint64_t{1} << 32};
    expect_fault(wraps.bytes(), "RWKV_MS_E_TENSOR_SIZE",
                 ": tensor 'blk.0.rwkv.ln_x.bias'" + at_byte(info_of(wraps.bytes(), "blk.0.rwkv.ln_x.bias")) +
                     ": its dimensions [4294967296, 4294967296, 1, 1]: expected a size that fits 63 bits");
    const size_t data = whole.size() - 32;
    expect_fault(patched(ne, raw<uint64_t>(uint64_t{1} << 40)), "RWKV_MS_E_TENSOR_DATA",
                 bias + "expected 2199023255552 bytes of data" + at_byte(data) +
                     ", found 32 before the end of the file");
}

TEST(alignments) {
    Sidecar odd;
    for (const uint32_t bad : {0u, 1u, 4u, 33u, 48u, 1u << 31 | 1u}) {
        odd.set("general.alignment", u32(bad));
        const std::string bytes = odd.bytes();
        expect_fault(bytes, "RWKV_MS_E_GGUF_ALIGNMENT",
                     ": key general.alignment" + at_byte(bytes.find("general.alignment") - 8) +
                         ": expected a u32 that is a power of two from 8, found type 4 and " + std::to_string(bad));
    }
    odd.set("general.alignment", u64(32));
    SidecarHandle handle;
    CHECK_EQUAL(status_text(try_open(odd.bytes(), handle)), "RWKV_MS_E_GGUF_ALIGNMENT");
    odd.set("general.alignment", u32(1u << 31)); // no such file is that large
    CHECK_EQUAL(status_text(try_open(odd.bytes(), handle)), "RWKV_MS_E_DATA_START");
}

TEST(data) {
    const std::string whole = Sidecar().bytes();
    const size_t info = info_of(whole, "blk.0.rwkv.ln_x.bias"), start = whole.size() - 32;
    const std::string bias = ": tensor 'blk.0.rwkv.ln_x.bias'" + at_byte(info) + ": ",
                      size = ": file size: expected " + std::to_string(whole.size()) +
                             " bytes, the padded end of the last tensor, found ";
    expect_fault(whole.substr(0, start + 15), "RWKV_MS_E_TENSOR_DATA",
                 bias + "expected 16 bytes of data" + at_byte(start) + ", found 15 before the end of the file");
    expect_fault(whole.substr(0, start - 17), "RWKV_MS_E_TENSOR_DATA",
                 ": tensor 'blk.0.rwkv.ln_x.weight'" + at_byte(info_of(whole, "blk.0.rwkv.ln_x.weight")) +
                     ": expected 16 bytes of data" + at_byte(start - 32) + ", found 15 before the end of the file");
    expect_fault(whole.substr(0, whole.size() - 1), "RWKV_MS_E_FILE_SIZE", size + std::to_string(whole.size() - 1));
    expect_fault(whole + '\0', "RWKV_MS_E_FILE_SIZE", size + std::to_string(whole.size() + 1));
    Sidecar padded; // with a text that is as long as it takes for padding behind the header
    padded.keys.emplace_back("x", text(""));
    const auto header_end = [&] { return padded.bytes().rfind("blk.0.rwkv.ln_x.bias") + 20 + 4 + 8 + 4 + 8; };
    while (header_end() % 32 != 31) padded.set("x", text(std::string(padded.key("x").bytes.size() - 7, ' ')));
    expect_fault(patched(padded.bytes(), header_end(), "\1"), "RWKV_MS_E_PADDING",
                 ": header: padding" + at_byte(header_end()) + ": expected 0, found 1");
    expect_fault(patched(whole.size() - 1, "\7"), "RWKV_MS_E_PADDING",
                 bias + "padding" + at_byte(whole.size() - 1) + ": expected 0, found 7");
    // fewer declared tensors than the file holds: the last one's info is taken for data, and all data stands elsewhere
    SidecarHandle handle;
    CHECK_EQUAL(status_text(try_open(patched(kCounts, raw<uint64_t>(Sidecar().tensors.size() - 1)), handle)),
                "RWKV_MS_E_PADDING");
    expect_fault([](Sidecar &s) { s.tensors.clear(); }, "RWKV_MS_E_TENSOR_MISSING", ": tensor 'blk.0.mem_q': missing");
}

int main() { return run_all(); }
