/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by bindings/rust/generate; do not edit. */
pub const CMDQV_VERSION_MAJOR: u32 = 0;
pub const CMDQV_VERSION_MINOR: u32 = 2;
pub const CMDQV_VERSION_MICRO: u32 = 0;
pub const CMDQV_VERSION: u32 = 512;
pub const CMDQV_SMMU_REPEAT: u32 = 1;
pub const CMDQV_PAGE_IS_MEMORY: u32 = 1;
pub const CMDQV_TRACE_FIRST_LINE: &[u8; 16usize] = b"# cmdqv-trace 1\0";
pub const CMDQV_TRACE_LAST_LINE: &[u8; 15usize] = b"# end of trace\0";
pub const CMDQV_TRACE_LINE_BYTES: u32 = 80;
pub const CMDQV_FIRMWARE_ACPI_BYTES: u32 = 256;
pub const CMDQV_SMMU_IDRS: u32 = 6;
pub const CMDQV_PAGE_BYTES: u32 = 65536;
pub const CMDQV_CONFIG_PAGE: u32 = 0;
pub const CMDQV_DIRECT_PAGE0: u32 = 65536;
pub const CMDQV_DIRECT_PAGE1: u32 = 131072;
pub const CMDQV_VINTF_PAGE0: u32 = 196608;
pub const CMDQV_VINTF_PAGE1: u32 = 262144;
pub const CMDQV_VINTF_PAGE_STRIDE: u32 = 131072;
pub const CMDQV_GUEST_BYTES: u32 = 327680;
pub const CMDQV_VINTF_BLOCK: u32 = 4096;
pub const CMDQV_VINTF_BLOCK_STRIDE: u32 = 256;
pub const CMDQV_VCMDQ_STRIDE: u32 = 128;
pub const CMDQV_MAX_LOG2_VINTFS: u32 = 6;
pub const CMDQV_MAX_VINTFS: u32 = 64;
pub const CMDQV_MAX_LOG2_VCMDQS: u32 = 7;
pub const CMDQV_MAX_VCMDQS: u32 = 128;
pub const CMDQV_MAX_LOG2_SIDS: u32 = 4;
pub const CMDQV_MAX_SIDS: u32 = 16;
pub const CMDQV_MAX_LOG2SIZE: u32 = 19;
pub const CMDQV_ENTRY_BYTES: u32 = 16;
pub const CMDQV_REG_CONFIG: u32 = 0;
pub const CMDQV_CONFIG_CMDQV_EN: u32 = 1;
pub const CMDQV_CONFIG_PER_CMD_OFFSET: u32 = 14;
pub const CMDQV_CONFIG_MAX_CLK_BATCH: u32 = 4080;
pub const CMDQV_CONFIG_MAX_CMD_BATCH: u32 = 1044480;
pub const CMDQV_CONFIG_CONS_DRAM_EN: u32 = 1048576;
pub const CMDQV_REG_PARAM: u32 = 4;
pub const CMDQV_PARAM_VER: u32 = 15;
pub const CMDQV_PARAM_NUM_VCMDQ_LOG2: u32 = 240;
pub const CMDQV_PARAM_NUM_VINTF_LOG2: u32 = 3840;
pub const CMDQV_PARAM_NUM_SID_PER_VM_LOG2: u32 = 61440;
pub const CMDQV_REG_STATUS: u32 = 8;
pub const CMDQV_STATUS_CMDQV_ENABLED: u32 = 1;
pub const CMDQV_REG_VI_ERR_MAP: u32 = 20;
pub const CMDQV_REG_VI_INT_MASK: u32 = 28;
pub const CMDQV_REG_CMDQ_ERR_MAP: u32 = 36;
pub const CMDQV_REG_CMDQ_ALLOC: u32 = 512;
pub const CMDQV_CMDQ_ALLOC_ALLOCATED: u32 = 1;
pub const CMDQV_CMDQ_ALLOC_LVCMDQ: u32 = 254;
pub const CMDQV_CMDQ_ALLOC_VINTF: u32 = 2064384;
pub const CMDQV_REG_VINTF_CONFIG: u32 = 0;
pub const CMDQV_VINTF_CONFIG_ENABLE: u32 = 1;
pub const CMDQV_VINTF_CONFIG_VMID: u32 = 131070;
pub const CMDQV_VINTF_CONFIG_HYP_OWN: u32 = 131072;
pub const CMDQV_REG_VINTF_STATUS: u32 = 4;
pub const CMDQV_VINTF_STATUS_ENABLED: u32 = 1;
pub const CMDQV_VINTF_STATUS_STATUS: u32 = 14;
pub const CMDQV_VINTF_STATUS_VI_NUM_LVCMDQ: u32 = 16711680;
pub const CMDQV_REG_GLB_FILT_CFG: u32 = 12;
pub const CMDQV_REG_GLB_FILT_DATA: u32 = 16;
pub const CMDQV_REG_SID_MATCH: u32 = 64;
pub const CMDQV_SID_MATCH_ENABLE: u32 = 1;
pub const CMDQV_SID_MATCH_VIRT_SID: u32 = 2097150;
pub const CMDQV_REG_SID_REPLACE: u32 = 128;
pub const CMDQV_SID_REPLACE_PHYS_SID: u32 = 1048575;
pub const CMDQV_REG_LVCMDQ_ERR_MAP: u32 = 192;
pub const CMDQV_REG_VCMDQ_CONS: u32 = 0;
pub const CMDQV_VCMDQ_CONS_INDEX: u32 = 1048575;
pub const CMDQV_VCMDQ_CONS_ERR: u32 = 2130706432;
pub const CMDQV_REG_VCMDQ_PROD: u32 = 4;
pub const CMDQV_VCMDQ_PROD_INDEX: u32 = 1048575;
pub const CMDQV_REG_VCMDQ_CONFIG: u32 = 8;
pub const CMDQV_VCMDQ_CONFIG_EN: u32 = 1;
pub const CMDQV_REG_VCMDQ_STATUS: u32 = 12;
pub const CMDQV_VCMDQ_STATUS_EN_OK: u32 = 1;
pub const CMDQV_REG_VCMDQ_GERROR: u32 = 16;
pub const CMDQV_VCMDQ_GERROR_CMDQ_ERR: u32 = 1;
pub const CMDQV_VCMDQ_GERROR_CONS_DRAM_WR_ABT_ERR: u32 = 2;
pub const CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR: u32 = 4;
pub const CMDQV_REG_VCMDQ_GERRORN: u32 = 20;
pub const CMDQV_REG_VCMDQ_BASE: u32 = 0;
pub const CMDQV_VCMDQ_BASE_LOG2SIZE: u32 = 31;
pub const CMDQV_VCMDQ_BASE_ADDR: u64 = 281474976710624;
pub const CMDQV_REG_VCMDQ_CONS_INDX_BASE: u32 = 8;
pub const CMDQV_VCMDQ_CONS_INDX_BASE_ADDR: u64 = 281474976710655;
pub const CMDQV_OP_PREFETCH_CFG: u32 = 1;
pub const CMDQV_OP_CFGI_STE: u32 = 3;
pub const CMDQV_OP_CFGI_ALL: u32 = 4;
pub const CMDQV_OP_CFGI_CD: u32 = 5;
pub const CMDQV_OP_CFGI_CD_ALL: u32 = 6;
pub const CMDQV_OP_TLBI_NH_ALL: u32 = 16;
pub const CMDQV_OP_TLBI_NH_ASID: u32 = 17;
pub const CMDQV_OP_TLBI_NH_VA: u32 = 18;
pub const CMDQV_OP_TLBI_NH_VAA: u32 = 19;
pub const CMDQV_OP_TLBI_EL2_ALL: u32 = 32;
pub const CMDQV_OP_TLBI_EL2_ASID: u32 = 33;
pub const CMDQV_OP_TLBI_EL2_VA: u32 = 34;
pub const CMDQV_OP_TLBI_S12_VMALL: u32 = 40;
pub const CMDQV_OP_TLBI_S2_IPA: u32 = 42;
pub const CMDQV_OP_TLBI_NSNH_ALL: u32 = 48;
pub const CMDQV_OP_ATC_INV: u32 = 64;
pub const CMDQV_OP_PRI_RESP: u32 = 65;
pub const CMDQV_OP_RESUME: u32 = 68;
pub const CMDQV_OP_CMD_SYNC: u32 = 70;
pub const CMDQV_CMD0_OPCODE: u32 = 255;
pub const CMDQV_CMD0_SSEC: u32 = 1024;
pub const CMDQV_CMD0_SSV: u32 = 2048;
pub const CMDQV_CMD0_SSID: u32 = 4294963200;
pub const CMDQV_CMD0_SID: i64 = -4294967296;
pub const CMDQV_PREFETCH1_SIZE: u32 = 31;
pub const CMDQV_PREFETCH1_ADDR: i32 = -4096;
pub const CMDQV_CFGI1_LEAF: u32 = 1;
pub const CMDQV_CFGI1_RANGE: u32 = 31;
pub const CMDQV_TLBI0_NUM: u32 = 126976;
pub const CMDQV_TLBI0_SCALE: u32 = 66060288;
pub const CMDQV_TLBI0_VMID: u64 = 281470681743360;
pub const CMDQV_TLBI0_ASID: i64 = -281474976710656;
pub const CMDQV_TLBI1_LEAF: u32 = 1;
pub const CMDQV_TLBI1_TTL: u32 = 768;
pub const CMDQV_TLBI1_TG: u32 = 3072;
pub const CMDQV_TLBI1_ADDR: i32 = -4096;
pub const CMDQV_TLBI1_IPA: u64 = 4503599627366400;
pub const CMDQV_ATC0_GLOBAL: u32 = 512;
pub const CMDQV_ATC1_SIZE: u32 = 63;
pub const CMDQV_ATC1_ADDR: i32 = -4096;
pub const CMDQV_PRI1_GRPID: u32 = 511;
pub const CMDQV_PRI1_RESP: u32 = 12288;
pub const CMDQV_RESUME0_RESP: u32 = 12288;
pub const CMDQV_RESUME1_STAG: u32 = 65535;
pub const CMDQV_SYNC0_CS: u32 = 12288;
pub const CMDQV_SYNC0_MSH: u32 = 12582912;
pub const CMDQV_SYNC0_MSIATTR: u32 = 251658240;
pub const CMDQV_SYNC0_MSIDATA: i64 = -4294967296;
pub const CMDQV_SYNC1_MSIADDR: u64 = 4503599627370492;
pub const CMDQV_CERROR_NONE: u32 = 0;
pub const CMDQV_CERROR_ILL: u32 = 1;
pub const CMDQV_CERROR_ABT: u32 = 2;
pub const CMDQV_CERROR_ATC_INV_SYNC: u32 = 3;
pub const CMDQV_CERROR_ILL_ACCESS: u32 = 4;
pub const CMDQV_SMMU_QUEUE: u32 = 4294967295;
pub const CMDQV_MODEL_LOOKS: u32 = 1024;
pub const CMDQV_FAULT_FOR_EVER: u32 = 4294967295;
pub type __uint8_t = ::std::os::raw::c_uchar;
pub type __uint16_t = ::std::os::raw::c_ushort;
pub type __int32_t = ::std::os::raw::c_int;
pub type __uint32_t = ::std::os::raw::c_uint;
pub type __uint64_t = ::std::os::raw::c_ulong;
extern "C" {
    pub fn cmdqv_version() -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn cmdqv_version_number() -> u32;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_gpa_t {
    pub value: u64,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_vsid_t {
    pub value: u32,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_sid_t {
    pub value: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_error {
    pub code: ::std::os::raw::c_int,
    pub reserved: u32,
    pub id: *const ::std::os::raw::c_char,
    pub text: [::std::os::raw::c_char; 240usize],
}
impl Default for cmdqv_error {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_error_set(
        error: *mut cmdqv_error,
        code: ::std::os::raw::c_int,
        id: *const ::std::os::raw::c_char,
        format: *const ::std::os::raw::c_char,
        ...
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_geometry {
    pub log2_vcmdqs: u8,
    pub log2_vintfs: u8,
    pub log2_sids: u8,
    pub guest_view: bool,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_mmio {
    pub offset: u64,
    pub value: u64,
    pub size: u8,
    pub write: bool,
    pub reserved: [u8; 6usize],
}
pub const CMDQV_AT_CONFIG: cmdqv_page = 0;
pub const CMDQV_AT_DIRECT0: cmdqv_page = 1;
pub const CMDQV_AT_DIRECT1: cmdqv_page = 2;
pub const CMDQV_AT_VINTF0: cmdqv_page = 3;
pub const CMDQV_AT_VINTF1: cmdqv_page = 4;
pub const CMDQV_AT_PAGES: cmdqv_page = 5;
pub type cmdqv_page = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_page_view {
    pub host: *mut ::std::os::raw::c_void,
    pub fd: ::std::os::raw::c_int,
    pub flags: u32,
    pub fd_offset: u64,
    pub length: u64,
}
impl Default for cmdqv_page_view {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_backend_geometry {
    pub num_lvcmdqs: u32,
    pub num_sids: u32,
    pub version: u32,
    pub errata: u32,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_backend_event {
    pub sequence: u32,
    pub lost: bool,
    pub reserved: [u8; 3usize],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_backend_ops {
    pub size: usize,
    pub geometry: ::std::option::Option<
        unsafe extern "C" fn(
            impl_: *mut ::std::os::raw::c_void,
            geometry: *mut cmdqv_backend_geometry,
        ) -> ::std::os::raw::c_int,
    >,
    pub queue_bind: ::std::option::Option<
        unsafe extern "C" fn(
            impl_: *mut ::std::os::raw::c_void,
            index: u32,
            base: cmdqv_gpa_t,
            bytes: u64,
            error: *mut cmdqv_error,
        ) -> ::std::os::raw::c_int,
    >,
    pub queue_unbind:
        ::std::option::Option<unsafe extern "C" fn(impl_: *mut ::std::os::raw::c_void, index: u32)>,
    pub queue_read: ::std::option::Option<
        unsafe extern "C" fn(impl_: *mut ::std::os::raw::c_void, index: u32, reg: u32) -> u32,
    >,
    pub queue_write: ::std::option::Option<
        unsafe extern "C" fn(impl_: *mut ::std::os::raw::c_void, index: u32, reg: u32, value: u32),
    >,
    pub page0_view: ::std::option::Option<
        unsafe extern "C" fn(
            impl_: *mut ::std::os::raw::c_void,
            view: *mut cmdqv_page_view,
        ) -> ::std::os::raw::c_int,
    >,
    pub event_fd: ::std::option::Option<
        unsafe extern "C" fn(impl_: *mut ::std::os::raw::c_void) -> ::std::os::raw::c_int,
    >,
    pub event_read: ::std::option::Option<
        unsafe extern "C" fn(
            impl_: *mut ::std::os::raw::c_void,
            event: *mut cmdqv_backend_event,
        ) -> ::std::os::raw::c_int,
    >,
    pub broken: ::std::option::Option<
        unsafe extern "C" fn(impl_: *mut ::std::os::raw::c_void) -> ::std::os::raw::c_int,
    >,
    pub claim: ::std::option::Option<
        unsafe extern "C" fn(impl_: *mut ::std::os::raw::c_void) -> ::std::os::raw::c_int,
    >,
    pub release: ::std::option::Option<unsafe extern "C" fn(impl_: *mut ::std::os::raw::c_void)>,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_backend {
    pub ops: *const cmdqv_backend_ops,
    pub impl_: *mut ::std::os::raw::c_void,
}
impl Default for cmdqv_backend {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_describe_offset(
        geometry: *const cmdqv_geometry,
        offset: u64,
        text: *mut ::std::os::raw::c_char,
        bytes: usize,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_describe_next(geometry: *const cmdqv_geometry, offset: u64) -> u64;
}
extern "C" {
    pub fn cmdqv_describe_value(
        geometry: *const cmdqv_geometry,
        offset: u64,
        value: u64,
        text: *mut ::std::os::raw::c_char,
        bytes: usize,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_describe_command(
        word0: u64,
        word1: u64,
        text: *mut ::std::os::raw::c_char,
        bytes: usize,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_describe_cerror(code: u32) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn cmdqv_describe_ste(
        word0: u64,
        word1: u64,
        text: *mut ::std::os::raw::c_char,
        bytes: usize,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_describe_errno(
        call: *const ::std::os::raw::c_char,
        error: ::std::os::raw::c_int,
        nth: ::std::os::raw::c_uint,
        cause: *mut *const ::std::os::raw::c_char,
        remedy: *mut *const ::std::os::raw::c_char,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_reason {
    pub call: *const ::std::os::raw::c_char,
    pub error_name: *const ::std::os::raw::c_char,
    pub cause: *const ::std::os::raw::c_char,
    pub remedy: *const ::std::os::raw::c_char,
    pub error: i32,
    pub since: u16,
    pub until: u16,
}
impl Default for cmdqv_reason {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_describe_reason(
        call: *const ::std::os::raw::c_char,
        error: ::std::os::raw::c_int,
        nth: ::std::os::raw::c_uint,
        reason: *mut cmdqv_reason,
    ) -> ::std::os::raw::c_int;
}
pub const CMDQV_TRACE_NOTHING: cmdqv_trace_kind = 0;
pub const CMDQV_TRACE_READ: cmdqv_trace_kind = 1;
pub const CMDQV_TRACE_WRITE: cmdqv_trace_kind = 2;
pub const CMDQV_TRACE_COMMAND: cmdqv_trace_kind = 3;
pub const CMDQV_TRACE_REFUSED: cmdqv_trace_kind = 4;
pub const CMDQV_TRACE_INTERRUPT: cmdqv_trace_kind = 5;
pub const CMDQV_TRACE_RESET: cmdqv_trace_kind = 6;
pub const CMDQV_TRACE_GEOMETRY: cmdqv_trace_kind = 7;
pub const CMDQV_TRACE_END: cmdqv_trace_kind = 8;
pub type cmdqv_trace_kind = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_trace_event {
    pub kind: cmdqv_trace_kind,
    pub reserved: u32,
    pub offset: u64,
    pub value: [u64; 2usize],
    pub queue: u32,
    pub vintf: u32,
    pub lvcmdq: u32,
    pub index: u32,
    pub size: u8,
    pub code: u8,
    pub log2_vcmdqs: u8,
    pub log2_vintfs: u8,
    pub log2_sids: u8,
    pub reserved_end: [u8; 3usize],
}
impl Default for cmdqv_trace_event {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_trace_format(
        event: *const cmdqv_trace_event,
        line: *mut ::std::os::raw::c_char,
        bytes: usize,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_trace_parse(
        line: *const ::std::os::raw::c_char,
        event: *mut cmdqv_trace_event,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_page0_map {
    pub view: cmdqv_page_view,
    pub guest_offset: u64,
}
impl Default for cmdqv_page0_map {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const CMDQV_LOG_GUEST: cmdqv_log_level = 0;
pub const CMDQV_LOG_HOST: cmdqv_log_level = 1;
pub type cmdqv_log_level = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_log {
    pub level: cmdqv_log_level,
    pub reserved: u32,
    pub id: *const ::std::os::raw::c_char,
    pub count: u64,
    pub text: *const ::std::os::raw::c_char,
}
impl Default for cmdqv_log {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_vmm_ops {
    pub size: usize,
    pub page0_map: ::std::option::Option<
        unsafe extern "C" fn(
            vmm: *mut ::std::os::raw::c_void,
            page: *const cmdqv_page0_map,
        ) -> ::std::os::raw::c_int,
    >,
    pub page0_unmap: ::std::option::Option<unsafe extern "C" fn(vmm: *mut ::std::os::raw::c_void)>,
    pub interrupt: ::std::option::Option<unsafe extern "C" fn(vmm: *mut ::std::os::raw::c_void)>,
    pub is_guest_ram: ::std::option::Option<
        unsafe extern "C" fn(
            vmm: *mut ::std::os::raw::c_void,
            gpa: cmdqv_gpa_t,
            bytes: u64,
        ) -> bool,
    >,
    pub log: ::std::option::Option<
        unsafe extern "C" fn(vmm: *mut ::std::os::raw::c_void, log: *const cmdqv_log),
    >,
    pub trace: ::std::option::Option<
        unsafe extern "C" fn(vmm: *mut ::std::os::raw::c_void, event: *const cmdqv_trace_event),
    >,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_config {
    pub size: usize,
    pub num_lvcmdqs: u32,
    pub num_sids: u32,
    pub cmdqs: u32,
    pub guest_is_coherent: bool,
    pub reserved: [u8; 3usize],
}
extern "C" {
    pub fn cmdqv_create(
        out: *mut *mut cmdqv,
        config: *const cmdqv_config,
        backend: *const cmdqv_backend,
        ops: *const cmdqv_vmm_ops,
        vmm: *mut ::std::os::raw::c_void,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_destroy(dev: *mut cmdqv);
}
extern "C" {
    pub fn cmdqv_access(dev: *mut cmdqv, access: *mut cmdqv_mmio) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_reset(dev: *mut cmdqv) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_event_fd(dev: *const cmdqv) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_events(dev: *mut cmdqv) -> ::std::os::raw::c_int;
}
pub const CMDQV_QUEUE_IDLE: cmdqv_queue_life = 0;
pub const CMDQV_QUEUE_WAITING: cmdqv_queue_life = 1;
pub const CMDQV_QUEUE_BOUND: cmdqv_queue_life = 2;
pub const CMDQV_QUEUE_FAILED: cmdqv_queue_life = 3;
pub const CMDQV_QUEUE_HELD: cmdqv_queue_life = 4;
pub type cmdqv_queue_life = ::std::os::raw::c_uint;
pub const CMDQV_PAGE0_NONE: cmdqv_page0_life = 0;
pub const CMDQV_PAGE0_MAPPED: cmdqv_page0_life = 1;
pub const CMDQV_PAGE0_TRAPPED: cmdqv_page0_life = 2;
pub const CMDQV_PAGE0_RESTING: cmdqv_page0_life = 3;
pub type cmdqv_page0_life = ::std::os::raw::c_uint;
pub const CMDQV_COUNTER_TRAPS_CONFIG: cmdqv_counter = 0;
pub const CMDQV_COUNTER_TRAPS_DIRECT0: cmdqv_counter = 1;
pub const CMDQV_COUNTER_TRAPS_DIRECT1: cmdqv_counter = 2;
pub const CMDQV_COUNTER_TRAPS_VINTF0: cmdqv_counter = 3;
pub const CMDQV_COUNTER_TRAPS_VINTF1: cmdqv_counter = 4;
pub const CMDQV_COUNTER_BINDS: cmdqv_counter = 5;
pub const CMDQV_COUNTER_BIND_FAILURES: cmdqv_counter = 6;
pub const CMDQV_COUNTER_UNBINDS: cmdqv_counter = 7;
pub const CMDQV_COUNTER_PAGE0_MAPS: cmdqv_counter = 8;
pub const CMDQV_COUNTER_PAGE0_MAP_FAILURES: cmdqv_counter = 9;
pub const CMDQV_COUNTER_PAGE0_UNMAPS: cmdqv_counter = 10;
pub const CMDQV_COUNTER_EVENTS: cmdqv_counter = 11;
pub const CMDQV_COUNTER_EVENTS_LOST: cmdqv_counter = 12;
pub const CMDQV_COUNTER_EVENT_READS_INTERRUPTED: cmdqv_counter = 13;
pub const CMDQV_COUNTER_EVENT_READS_SHORT: cmdqv_counter = 14;
pub const CMDQV_COUNTER_EVENT_READS_MALFORMED: cmdqv_counter = 15;
pub const CMDQV_COUNTER_EVENT_READS_FAILED: cmdqv_counter = 16;
pub const CMDQV_COUNTER_INTERRUPTS: cmdqv_counter = 17;
pub const CMDQV_COUNTER_RESETS: cmdqv_counter = 18;
pub const CMDQV_COUNTER_GUEST_ERRORS: cmdqv_counter = 19;
pub const CMDQV_COUNTER_GUEST_BAD_SIZE: cmdqv_counter = 20;
pub const CMDQV_COUNTER_GUEST_UNALIGNED: cmdqv_counter = 21;
pub const CMDQV_COUNTER_GUEST_OUTSIDE: cmdqv_counter = 22;
pub const CMDQV_COUNTER_GUEST_HOLE: cmdqv_counter = 23;
pub const CMDQV_COUNTER_GUEST_BAD_ALLOC: cmdqv_counter = 24;
pub const CMDQV_COUNTER_GUEST_BASE_IN_USE: cmdqv_counter = 25;
pub const CMDQV_COUNTER_GUEST_BAD_BASE: cmdqv_counter = 26;
pub const CMDQV_COUNTER_GUEST_STUCK_QUEUE: cmdqv_counter = 27;
pub const CMDQV_COUNTER_QUEUES_HELD: cmdqv_counter = 28;
pub const CMDQV_COUNTER_UNDRAINED: cmdqv_counter = 29;
pub const CMDQV_COUNTER_PAGE0_RESTS: cmdqv_counter = 30;
pub const CMDQV_COUNTERS: cmdqv_counter = 31;
pub const CMDQV_COUNTER_TRAPS: cmdqv_counter = 0;
pub type cmdqv_counter = ::std::os::raw::c_uint;
extern "C" {
    pub fn cmdqv_get_counter(dev: *const cmdqv, counter: cmdqv_counter) -> u64;
}
extern "C" {
    pub fn cmdqv_counter_name(counter: cmdqv_counter) -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_queue_state {
    pub size: usize,
    pub base: u64,
    pub bytes: u64,
    pub pinned_gpa: u64,
    pub pinned_bytes: u64,
    pub life: cmdqv_queue_life,
    pub bind_error: ::std::os::raw::c_int,
    pub prod: u32,
    pub cons: u32,
    pub gerror: u32,
    pub gerrorn: u32,
    pub en: bool,
    pub en_ok: bool,
    pub reserved: [u8; 6usize],
}
impl Default for cmdqv_queue_state {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_get_queue(
        dev: *mut cmdqv,
        index: u32,
        state: *mut cmdqv_queue_state,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_state {
    pub size: usize,
    pub device_bytes: u64,
    pub version: u32,
    pub num_lvcmdqs: u32,
    pub num_sids: u32,
    pub cmdqs: u32,
    pub page0: cmdqv_page0_life,
    pub page0_error: ::std::os::raw::c_int,
    pub backend_broken: ::std::os::raw::c_int,
    pub cmdqv_enabled: bool,
    pub vintf_enabled: bool,
    pub reserved: [u8; 2usize],
}
impl Default for cmdqv_state {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_get_state(dev: *mut cmdqv, state: *mut cmdqv_state) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_page0_withdraw(dev: *mut cmdqv) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_range_in_use(dev: *const cmdqv, gpa: cmdqv_gpa_t, bytes: u64) -> bool;
}
extern "C" {
    pub fn cmdqv_queue_life_name(life: cmdqv_queue_life) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn cmdqv_page0_life_name(life: cmdqv_page0_life) -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_firmware {
    pub size: usize,
    pub base: u64,
    pub bytes: u64,
    pub gsiv: u32,
    pub smmu: u32,
    pub instance: u8,
    pub reserved: [u8; 3usize],
    pub smmu_flags: u32,
}
extern "C" {
    pub fn cmdqv_firmware_acpi(
        firmware: *const cmdqv_firmware,
        table: *mut ::std::os::raw::c_void,
        bytes: usize,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_firmware_property {
    pub name: *const ::std::os::raw::c_char,
    pub bytes: u32,
    pub reserved: u32,
    pub value: [u8; 48usize],
}
impl Default for cmdqv_firmware_property {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_firmware_node {
    pub name: [::std::os::raw::c_char; 32usize],
    pub count: u32,
    pub reserved: u32,
    pub properties: [cmdqv_firmware_property; 4usize],
}
impl Default for cmdqv_firmware_node {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_firmware_dt_cmdqv(
        firmware: *const cmdqv_firmware,
        node: *mut cmdqv_firmware_node,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_firmware_dt_smmu(phandle: u32, node: *mut cmdqv_firmware_node);
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_viommu {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_hw_info {
    pub size: usize,
    pub capabilities: u64,
    pub smmu_flags: u32,
    pub idr: [u32; 6usize],
    pub iidr: u32,
    pub aidr: u32,
    pub num_lvcmdqs: u32,
    pub num_sids: u32,
    pub version: u32,
    pub max_pasid_log2: u8,
    pub ats_not_supported: bool,
    pub reserved: [u8; 14usize],
}
extern "C" {
    pub fn cmdqv_hw_info_cmdqs(
        info: *const cmdqv_hw_info,
        granule_bytes: u64,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_hw_info_limit_idr(
        info: *const cmdqv_hw_info,
        granule_bytes: u64,
        idr: *mut u32,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_viommu_close(viommu: *mut cmdqv_viommu);
}
extern "C" {
    pub fn cmdqv_viommu_hw_info(
        viommu: *const cmdqv_viommu,
        info: *mut cmdqv_hw_info,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_viommu_id(viommu: *const cmdqv_viommu) -> u32;
}
extern "C" {
    pub fn cmdqv_viommu_add_device(
        viommu: *mut cmdqv_viommu,
        vsid: cmdqv_vsid_t,
        dev_id: u32,
        device_fd: ::std::os::raw::c_int,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_viommu_remove_device(
        viommu: *mut cmdqv_viommu,
        vsid: cmdqv_vsid_t,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_viommu_set_ste(
        viommu: *mut cmdqv_viommu,
        vsid: cmdqv_vsid_t,
        ste: *const u64,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_viommu_command {
    pub word: [u64; 2usize],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_viommu_result {
    pub issued: usize,
    pub error: u32,
    pub reserved: u32,
}
extern "C" {
    pub fn cmdqv_viommu_invalidate(
        viommu: *mut cmdqv_viommu,
        commands: *const cmdqv_viommu_command,
        count: usize,
        result: *mut cmdqv_viommu_result,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_viommu_event {
    pub word: [u64; 4usize],
    pub sequence: u32,
    pub missed: u32,
    pub lost: bool,
    pub reserved: [u8; 7usize],
}
extern "C" {
    pub fn cmdqv_viommu_smmu_event_fd(viommu: *const cmdqv_viommu) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_viommu_smmu_event(
        viommu: *mut cmdqv_viommu,
        event: *mut cmdqv_viommu_event,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_iommufd_query(
        iommufd: ::std::os::raw::c_int,
        dev_id: u32,
        info: *mut cmdqv_hw_info,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_iommufd_config {
    pub size: usize,
    pub iommufd: ::std::os::raw::c_int,
    pub dev_id: u32,
    pub hwpt_id: u32,
    pub guest_repeats: bool,
    pub reserved: [u8; 19usize],
}
extern "C" {
    pub fn cmdqv_iommufd_open(
        out: *mut *mut cmdqv_viommu,
        config: *const cmdqv_iommufd_config,
        backend: *mut cmdqv_backend,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_iommufd_adopted {
    pub size: usize,
    pub iommufd: ::std::os::raw::c_int,
    pub dev_id: u32,
    pub viommu_id: u32,
    pub cmdqv_event_fd: ::std::os::raw::c_int,
    pub mmap_offset: u64,
    pub mmap_length: u64,
    pub smmu_event_fd: ::std::os::raw::c_int,
    pub guest_repeats: bool,
    pub reserved: [u8; 19usize],
}
extern "C" {
    pub fn cmdqv_iommufd_adopt(
        out: *mut *mut cmdqv_viommu,
        adopted: *const cmdqv_iommufd_adopted,
        backend: *mut cmdqv_backend,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_save_bytes(dev: *const cmdqv) -> usize;
}
extern "C" {
    pub fn cmdqv_save(
        dev: *mut cmdqv,
        to: *mut ::std::os::raw::c_void,
        bytes: *mut usize,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_restore(
        dev: *mut cmdqv,
        from: *const ::std::os::raw::c_void,
        bytes: usize,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_command {
    pub opcode: u8,
    pub leaf: bool,
    pub global: bool,
    pub ssv: bool,
    pub ttl: u8,
    pub granule: u8,
    pub vmid: u16,
    pub asid: u16,
    pub tag: u16,
    pub sid: u32,
    pub ssid: u32,
    pub sid_count_log2: u32,
    pub address: u64,
    pub last: u64,
    pub raw: [u64; 2usize],
    pub queue: u32,
    pub vintf: u32,
    pub index: u32,
    pub response: u8,
    pub reserved: [u8; 11usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_model {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_model_config {
    pub size: usize,
    pub log2_vcmdqs: u8,
    pub log2_vintfs: u8,
    pub log2_sids: u8,
    pub reserved: [u8; 5usize],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_model_ops {
    pub size: usize,
    pub read: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            vintf: u32,
            address: u64,
            buffer: *mut ::std::os::raw::c_void,
            bytes: usize,
        ) -> ::std::os::raw::c_int,
    >,
    pub execute: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            command: *const cmdqv_command,
        ) -> ::std::os::raw::c_int,
    >,
    pub interrupt: ::std::option::Option<unsafe extern "C" fn(user: *mut ::std::os::raw::c_void)>,
    pub kick: ::std::option::Option<unsafe extern "C" fn(user: *mut ::std::os::raw::c_void)>,
    pub trace: ::std::option::Option<
        unsafe extern "C" fn(user: *mut ::std::os::raw::c_void, event: *const cmdqv_trace_event),
    >,
    pub read_entries: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            vintf: u32,
            address: u64,
            buffer: *mut ::std::os::raw::c_void,
            bytes: usize,
        ) -> ::std::os::raw::c_int,
    >,
    pub write: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            vintf: u32,
            address: u64,
            value: u32,
        ) -> ::std::os::raw::c_int,
    >,
}
extern "C" {
    pub fn cmdqv_model_create(
        out: *mut *mut cmdqv_model,
        config: *const cmdqv_model_config,
        ops: *const cmdqv_model_ops,
        user: *mut ::std::os::raw::c_void,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_destroy(model: *mut cmdqv_model);
}
extern "C" {
    pub fn cmdqv_model_window_bytes(model: *const cmdqv_model) -> u64;
}
extern "C" {
    pub fn cmdqv_model_access(
        model: *mut cmdqv_model,
        access: *mut cmdqv_mmio,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_reset(model: *mut cmdqv_model) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_run(model: *mut cmdqv_model, budget: u32) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_pending(model: *const cmdqv_model) -> bool;
}
extern "C" {
    pub fn cmdqv_model_smmu_sync(model: *mut cmdqv_model) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_exchange_time_out(
        model: *mut cmdqv_model,
        queue: u32,
        timed_out: bool,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_page(
        model: *const cmdqv_model,
        vintf: u32,
        view: *mut cmdqv_page_view,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_renew_page(model: *mut cmdqv_model, vintf: u32) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_refuse(
        model: *mut cmdqv_model,
        queue: u32,
        index: u32,
        code: u8,
    ) -> ::std::os::raw::c_int;
}
pub const CMDQV_FAULT_REFUSE: cmdqv_fault = 0;
pub const CMDQV_FAULT_FETCH_ABORT: cmdqv_fault = 1;
pub const CMDQV_FAULT_ATC_TIME_OUT: cmdqv_fault = 2;
pub const CMDQV_FAULT_DELAYED_ENABLE: cmdqv_fault = 3;
pub const CMDQV_FAULT_REFUSED_ENABLE: cmdqv_fault = 4;
pub const CMDQV_FAULT_LOST_INTERRUPT: cmdqv_fault = 5;
pub const CMDQV_FAULT_STALLED_ENGINE: cmdqv_fault = 6;
pub const CMDQV_FAULT_REPEAT: cmdqv_fault = 7;
pub const CMDQV_FAULTS: cmdqv_fault = 8;
pub type cmdqv_fault = ::std::os::raw::c_uint;
extern "C" {
    pub fn cmdqv_model_inject(
        model: *mut cmdqv_model,
        queue: u32,
        kind: cmdqv_fault,
        count: u32,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_struck(model: *const cmdqv_model, queue: u32, kind: cmdqv_fault) -> u64;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_model_queue_state {
    pub size: usize,
    pub vintf: u32,
    pub lvcmdq: u32,
    pub cons: u32,
    pub prod: u32,
    pub gerror: u32,
    pub gerrorn: u32,
    pub base: u64,
    pub commands: u64,
    pub errors: u64,
    pub mapped: bool,
    pub enabled: bool,
    pub standing: bool,
    pub reserved: [u8; 5usize],
}
extern "C" {
    pub fn cmdqv_model_get_queue(
        model: *const cmdqv_model,
        queue: u32,
        state: *mut cmdqv_model_queue_state,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_model_state {
    pub size: usize,
    pub version: u32,
    pub num_vcmdqs: u32,
    pub num_vintfs: u32,
    pub num_sids: u32,
    pub bad_accesses: u64,
    pub order_violations: u64,
    pub commands: u64,
    pub errors: u64,
    pub interrupts: u64,
    pub reserved: u64,
}
extern "C" {
    pub fn cmdqv_model_get_state(
        model: *const cmdqv_model,
        state: *mut cmdqv_model_state,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_model_accesses(model: *const cmdqv_model, page: cmdqv_page) -> u64;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_smmu {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_smmu_config {
    pub size: usize,
    pub tlb_entries: u32,
    pub atc_entries: u32,
    pub ste_entries: u32,
    pub cd_entries: u32,
    pub output_bits: u8,
    pub ssid_bits: u8,
    pub reserved: [u8; 6usize],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_smmu_span {
    pub ipa: u64,
    pub bytes: u64,
    pub physical: u64,
    pub writable: bool,
    pub reserved: [u8; 7usize],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_smmu_ops {
    pub size: usize,
    pub stage2: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            vmid: u16,
            ipa: u64,
            span: *mut cmdqv_smmu_span,
        ) -> ::std::os::raw::c_int,
    >,
    pub memory: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            physical: u64,
            bytes: u64,
            write: bool,
        ) -> *mut ::std::os::raw::c_void,
    >,
    pub event: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            record: *const u64,
        ) -> ::std::os::raw::c_int,
    >,
}
extern "C" {
    pub fn cmdqv_smmu_create(
        out: *mut *mut cmdqv_smmu,
        config: *const cmdqv_smmu_config,
        ops: *const cmdqv_smmu_ops,
        user: *mut ::std::os::raw::c_void,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_smmu_destroy(smmu: *mut cmdqv_smmu);
}
extern "C" {
    pub fn cmdqv_smmu_set_stream_table(
        smmu: *mut cmdqv_smmu,
        strtab_base: u64,
        strtab_base_cfg: u32,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_smmu_reset(smmu: *mut cmdqv_smmu) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_smmu_execute(
        smmu: *mut cmdqv_smmu,
        command: *const cmdqv_command,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_smmu_access {
    pub address: u64,
    pub sid: u32,
    pub ssid: u32,
    pub ssv: bool,
    pub write: bool,
    pub privileged: bool,
    pub ats: bool,
    pub reserved: u32,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_smmu_translation {
    pub physical: u64,
    pub bytes: u64,
    pub writable: bool,
    pub reserved: [u8; 7usize],
}
extern "C" {
    pub fn cmdqv_smmu_translate(
        smmu: *mut cmdqv_smmu,
        access: *const cmdqv_smmu_access,
        translation: *mut cmdqv_smmu_translation,
    ) -> ::std::os::raw::c_int;
}
pub const CMDQV_SMMU_C_BAD_STREAMID: cmdqv_smmu_event = 2;
pub const CMDQV_SMMU_F_STE_FETCH: cmdqv_smmu_event = 3;
pub const CMDQV_SMMU_C_BAD_STE: cmdqv_smmu_event = 4;
pub const CMDQV_SMMU_F_BAD_ATS_TREQ: cmdqv_smmu_event = 5;
pub const CMDQV_SMMU_F_STREAM_DISABLED: cmdqv_smmu_event = 6;
pub const CMDQV_SMMU_F_TRANSL_FORBIDDEN: cmdqv_smmu_event = 7;
pub const CMDQV_SMMU_C_BAD_SUBSTREAMID: cmdqv_smmu_event = 8;
pub const CMDQV_SMMU_F_CD_FETCH: cmdqv_smmu_event = 9;
pub const CMDQV_SMMU_C_BAD_CD: cmdqv_smmu_event = 10;
pub const CMDQV_SMMU_F_WALK_EABT: cmdqv_smmu_event = 11;
pub const CMDQV_SMMU_F_TRANSLATION: cmdqv_smmu_event = 16;
pub const CMDQV_SMMU_F_ADDR_SIZE: cmdqv_smmu_event = 17;
pub const CMDQV_SMMU_F_ACCESS: cmdqv_smmu_event = 18;
pub const CMDQV_SMMU_F_PERMISSION: cmdqv_smmu_event = 19;
pub const CMDQV_SMMU_EVENTS: cmdqv_smmu_event = 32;
pub type cmdqv_smmu_event = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_smmu_cache_state {
    pub capacity: u32,
    pub entries: u32,
    pub hits: u64,
    pub misses: u64,
    pub invalidated: u64,
    pub evicted: u64,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_smmu_state {
    pub size: usize,
    pub version: u32,
    pub enabled: bool,
    pub reserved: [u8; 3usize],
    pub tlb: cmdqv_smmu_cache_state,
    pub atc: cmdqv_smmu_cache_state,
    pub stes: cmdqv_smmu_cache_state,
    pub cds: cmdqv_smmu_cache_state,
    pub commands: u64,
    pub syncs: u64,
    pub accesses: u64,
    pub walks: u64,
    pub aborts: u64,
    pub events: u64,
    pub events_lost: u64,
}
extern "C" {
    pub fn cmdqv_smmu_get_state(
        smmu: *const cmdqv_smmu,
        state: *mut cmdqv_smmu_state,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_smmu_faults(smmu: *const cmdqv_smmu, event: cmdqv_smmu_event) -> u64;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_dma {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_dma_config {
    pub size: usize,
    pub sid: u32,
    pub ssid: u32,
    pub ssv: bool,
    pub ats: bool,
    pub privileged: bool,
    pub reserved: [u8; 5usize],
}
pub const CMDQV_DMA_COPY: cmdqv_dma_operation = 0;
pub const CMDQV_DMA_FILL: cmdqv_dma_operation = 1;
pub const CMDQV_DMA_CHECKSUM: cmdqv_dma_operation = 2;
pub type cmdqv_dma_operation = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_dma_job {
    pub size: usize,
    pub operation: cmdqv_dma_operation,
    pub reserved: u32,
    pub source: u64,
    pub destination: u64,
    pub bytes: u64,
    pub pattern: u64,
}
impl Default for cmdqv_dma_job {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const CMDQV_DMA_IDLE: cmdqv_dma_status = 0;
pub const CMDQV_DMA_RUNNING: cmdqv_dma_status = 1;
pub const CMDQV_DMA_DONE: cmdqv_dma_status = 2;
pub const CMDQV_DMA_FAULTED: cmdqv_dma_status = 3;
pub const CMDQV_DMA_STOPPED: cmdqv_dma_status = 4;
pub type cmdqv_dma_status = ::std::os::raw::c_uint;
extern "C" {
    pub fn cmdqv_dma_create(
        out: *mut *mut cmdqv_dma,
        smmu: *mut cmdqv_smmu,
        config: *const cmdqv_dma_config,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_dma_destroy(dma: *mut cmdqv_dma);
}
extern "C" {
    pub fn cmdqv_dma_start(dma: *mut cmdqv_dma, job: *const cmdqv_dma_job)
        -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_dma_step(dma: *mut cmdqv_dma, budget_bytes: u64) -> u64;
}
extern "C" {
    pub fn cmdqv_dma_stop(dma: *mut cmdqv_dma);
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_dma_state {
    pub size: usize,
    pub version: u32,
    pub status: cmdqv_dma_status,
    pub done_bytes: u64,
    pub checksum: u64,
    pub fault_address: u64,
    pub fault_write: bool,
    pub reserved: [u8; 7usize],
    pub jobs: u64,
    pub jobs_done: u64,
    pub faults: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub translations: u64,
}
impl Default for cmdqv_dma_state {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
extern "C" {
    pub fn cmdqv_dma_get_state(
        dma: *const cmdqv_dma,
        state: *mut cmdqv_dma_state,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pollfd {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_poller_config {
    pub size: usize,
    pub cpus: u32,
    pub sleep_ns: u32,
    pub spins: u32,
    pub yields: u32,
    pub yield_ns: u32,
    pub reserved: u32,
}
pub const CMDQV_POLL_AGAIN: cmdqv_poll = 0;
pub const CMDQV_POLL_SPIN: cmdqv_poll = 1;
pub const CMDQV_POLL_YIELD: cmdqv_poll = 2;
pub const CMDQV_POLL_SLEEP: cmdqv_poll = 3;
pub type cmdqv_poll = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_poller {
    pub sleep_ns: u32,
    pub spins: u32,
    pub yields: u32,
    pub yield_ns: u32,
    pub idle: u32,
    pub reserved: [u32; 3usize],
}
extern "C" {
    pub fn cmdqv_poller_init(
        poller: *mut cmdqv_poller,
        config: *const cmdqv_poller_config,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_poller_next(poller: *mut cmdqv_poller, found_work: bool) -> cmdqv_poll;
}
extern "C" {
    pub fn cmdqv_poller_wait(
        poller: *mut cmdqv_poller,
        found_work: bool,
        fds: *mut pollfd,
        count: u32,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_soft_host {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cmdqv_soft_vm {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_soft_host_config {
    pub size: usize,
    pub log2_vcmdqs: u8,
    pub log2_vintfs: u8,
    pub log2_sids: u8,
    pub cmdqs: u8,
    pub errata: u32,
    pub granule_bytes: u64,
    pub reserved: [u64; 2usize],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cmdqv_soft_ops {
    pub size: usize,
    pub execute: ::std::option::Option<
        unsafe extern "C" fn(
            user: *mut ::std::os::raw::c_void,
            command: *const cmdqv_command,
        ) -> ::std::os::raw::c_int,
    >,
    pub kick: ::std::option::Option<unsafe extern "C" fn(user: *mut ::std::os::raw::c_void)>,
    pub trace: ::std::option::Option<
        unsafe extern "C" fn(user: *mut ::std::os::raw::c_void, event: *const cmdqv_trace_event),
    >,
}
extern "C" {
    pub fn cmdqv_soft_host_create(
        out: *mut *mut cmdqv_soft_host,
        config: *const cmdqv_soft_host_config,
        ops: *const cmdqv_soft_ops,
        user: *mut ::std::os::raw::c_void,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_host_destroy(host: *mut cmdqv_soft_host);
}
extern "C" {
    pub fn cmdqv_soft_host_run(host: *mut cmdqv_soft_host, budget: u32) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_host_pending(host: *const cmdqv_soft_host) -> bool;
}
extern "C" {
    pub fn cmdqv_soft_host_model(host: *mut cmdqv_soft_host) -> *mut cmdqv_model;
}
extern "C" {
    pub fn cmdqv_soft_host_smmu(host: *mut cmdqv_soft_host) -> *mut cmdqv_smmu;
}
extern "C" {
    pub fn cmdqv_soft_vm_create(
        out: *mut *mut cmdqv_soft_vm,
        host: *mut cmdqv_soft_host,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_vm_guest_repeats(vm: *mut cmdqv_soft_vm);
}
extern "C" {
    pub fn cmdqv_soft_vm_destroy(vm: *mut cmdqv_soft_vm);
}
extern "C" {
    pub fn cmdqv_soft_map_ram(
        vm: *mut cmdqv_soft_vm,
        gpa: cmdqv_gpa_t,
        memory: *mut ::std::os::raw::c_void,
        bytes: u64,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_unmap_ram(
        vm: *mut cmdqv_soft_vm,
        gpa: cmdqv_gpa_t,
        bytes: u64,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_bind_device(
        vm: *mut cmdqv_soft_vm,
        sid: cmdqv_sid_t,
        dev_id: *mut u32,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_unbind_device(vm: *mut cmdqv_soft_vm, dev_id: u32) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_query(
        vm: *mut cmdqv_soft_vm,
        dev_id: u32,
        info: *mut cmdqv_hw_info,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_open(
        out: *mut *mut cmdqv_viommu,
        vm: *mut cmdqv_soft_vm,
        backend: *mut cmdqv_backend,
        error: *mut cmdqv_error,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn cmdqv_soft_vintf(viommu: *const cmdqv_viommu) -> u32;
}
extern "C" {
    pub fn cmdqv_soft_vmid(viommu: *const cmdqv_viommu) -> u16;
}
