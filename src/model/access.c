/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an access to the handler of its register.
 *
 * An 8-byte access is two 4-byte ones, low first, each judged by itself; of BASE and CONS_INDX_BASE
 * it is one update, for the engine looks at neither in between [DEV-3]. What is not 4 or 8 bytes,
 * not aligned, outside the window or in a hole reads 0, writes nothing and is counted [DEV-4].
 */
#include "config.h"
#include "guard.h"
#include "vcmdq.h"
#include "vintf.h"

static uint32_t read_zero(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	(void)m;
	(void)ref;
	return 0;
}

/* Registers without a write handler are read-only [DEV-5]. */
static const struct {
	uint32_t (*read)(const struct cmdqv_model *m, const struct reg_ref *ref);
	void (*write)(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
} handlers[REG_COUNT] = {
	[REG_CONFIG] = {hw_config_read, hw_config_write},
	[REG_PARAM] = {hw_config_read_param, NULL},
	[REG_STATUS] = {hw_config_read_status, NULL},
	[REG_VI_ERR_MAP] = {hw_config_read_vi_err_map, NULL},
	[REG_VI_INT_MASK] = {hw_config_read_int_mask, hw_config_write_int_mask},
	[REG_CMDQ_ERR_MAP] = {hw_config_read_cmdq_err_map, NULL},
	[REG_CMDQ_ALLOC] = {hw_config_read_alloc, hw_config_write_alloc},
	[REG_VINTF_CONFIG] = {hw_vintf_read, hw_vintf_write},
	[REG_VINTF_STATUS] = {hw_vintf_read_status, NULL},
	[REG_GLB_FILT_CFG] = {read_zero, NULL},
	[REG_GLB_FILT_DATA] = {read_zero, NULL},
	[REG_SID_MATCH] = {hw_vintf_read_sid_match, hw_vintf_write_sid_match},
	[REG_SID_REPLACE] = {hw_vintf_read_sid_replace, hw_vintf_write_sid_replace},
	[REG_LVCMDQ_ERR_MAP] = {hw_vintf_read_err_map, NULL},
	[REG_VCMDQ_CONS] = {hw_vcmdq_read, hw_vcmdq_write},
	[REG_VCMDQ_PROD] = {hw_vcmdq_read, hw_vcmdq_write},
	[REG_VCMDQ_CONFIG] = {hw_vcmdq_read, hw_vcmdq_write},
	[REG_VCMDQ_STATUS] = {hw_vcmdq_read, NULL},
	[REG_VCMDQ_GERROR] = {hw_vcmdq_read, NULL},
	[REG_VCMDQ_GERRORN] = {hw_vcmdq_read, hw_vcmdq_write},
	[REG_VCMDQ_BASE] = {hw_vcmdq_read_wide, hw_vcmdq_write_half},
	[REG_VCMDQ_CONS_INDX_BASE] = {hw_vcmdq_read_wide, hw_vcmdq_write_half},
};

/* Is it a register to act on? Holes are counted. */
static bool present(struct cmdqv_model *m, const struct reg_ref *ref)
{
	if (ref->match == REG_HOLE)
		m->bad_accesses++;
	return ref->match == REG_PRESENT;
}

static uint32_t read_word(struct cmdqv_model *m, uint64_t offset)
{
	struct reg_ref ref;

	reg_decode(&m->geometry, offset, &ref);
	return present(m, &ref) ? handlers[ref.id].read(m, &ref) : 0;
}

static void write_word(struct cmdqv_model *m, uint64_t offset, uint32_t value)
{
	struct reg_ref ref;

	reg_decode(&m->geometry, offset, &ref);
	if (present(m, &ref) && handlers[ref.id].write)
		handlers[ref.id].write(m, &ref, value & reg_writable(&m->geometry, &ref));
}

static uint64_t read_value(struct cmdqv_model *m, const struct cmdqv_mmio *access)
{
	uint64_t value = read_word(m, access->offset);

	if (access->size == sizeof(uint64_t))
		value |= (uint64_t)read_word(m, access->offset + sizeof(uint32_t)) << 32;
	return value;
}

static void write_value(struct cmdqv_model *m, const struct cmdqv_mmio *access)
{
	write_word(m, access->offset, (uint32_t)access->value);
	if (access->size == sizeof(uint64_t))
		write_word(m, access->offset + sizeof(uint32_t), (uint32_t)(access->value >> 32));
}

static bool is_valid(const struct cmdqv_model *m, const struct cmdqv_mmio *access)
{
	return (access->size == sizeof(uint32_t) || access->size == sizeof(uint64_t)) &&
	       access->offset % access->size == 0 &&
	       access->offset < reg_window_bytes(&m->geometry);
}

static void trace_access(struct cmdqv_model *m, const struct cmdqv_mmio *access)
{
	if (!m->ops.trace)
		return;
	model_trace(m, &(struct cmdqv_trace_event){
			       .kind = access->write ? CMDQV_TRACE_WRITE : CMDQV_TRACE_READ,
			       .offset = access->offset,
			       .value = {access->value},
			       .size = access->size,
		       });
}

static void do_read(struct cmdqv_model *m, struct cmdqv_mmio *access)
{
	access->value = is_valid(m, access) ? read_value(m, access) : 0;
	trace_access(m, access);
}

static void do_write(struct cmdqv_model *m, const struct cmdqv_mmio *access)
{
	trace_access(m, access);
	if (is_valid(m, access))
		write_value(m, access);
}

int cmdqv_model_access(struct cmdqv_model *m, struct cmdqv_mmio *access)
{
	int err = model_enter(m);

	if (err) {
		if (!access->write)
			access->value = 0;
		return err;
	}
	if (access->offset < reg_window_bytes(&m->geometry))
		m->accesses[reg_page(access->offset)]++;
	if (!is_valid(m, access))
		m->bad_accesses++;
	if (access->write)
		do_write(m, access);
	else
		do_read(m, access);
	if (m->kick_due) {
		m->kick_due = false;
		m->ops.kick(m->user);
	}
	model_leave(m);
	return 0;
}
