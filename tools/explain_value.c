/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values in words. The fields of a register come from describe.h; this file says what they mean
 * to an operator.
 */
#include "explain.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmdqv/describe.h>
#include <cmdqv/regs.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(n) (1U << (n))

enum {
	WEIGHT_VALUE = 1,
	WEIGHT_ERROR = 10,
};

static const struct cmdqv_geometry physical = {
	.log2_vcmdqs = 7,
	.log2_vintfs = 6,
	.log2_sids = 4,
};

/* ---- words of a line ---- */

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The name at *text, and moves behind it. Returns its length, 0: none. */
static size_t take_name(const char **text, const char **name)
{
	*name = *text;
	while (is_name(**text))
		(*text)++;
	return (size_t)(*text - *name);
}

static bool is_word(const char *name, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(name, word, length) == 0;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t,");
}

bool explain_number(const char **text, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*value = strtoull(*text, &end, 0);
	if (errno || is_name(*end))
		return false;
	*text = end;
	return true;
}

/* A word of 64 bits: 0x and digits, or 16 digits as traces have it. */
static bool take_word(const char **text, uint64_t *value)
{
	const char *digits = *text;
	size_t length;
	char *end;

	if (strncasecmp(digits, "0x", 2) == 0)
		return explain_number(text, value);
	length = strspn(digits, "0123456789abcdefABCDEF");
	if (length != 16 || is_name(digits[16]))
		return false;
	*value = strtoull(digits, &end, 16);
	*text = end;
	return true;
}

/* Two words, and nothing after them. */
static bool take_two_words(const char *text, uint64_t *words)
{
	text = skip_blanks(text);
	if (!take_word(&text, &words[0]))
		return false;
	text = skip_blanks(text);
	return take_word(&text, &words[1]) && *skip_blanks(text) == '\0';
}

/* ---- commands ---- */

static bool guest_executes(uint64_t opcode)
{
	return opcode == CMDQV_OP_TLBI_NH_ASID || opcode == CMDQV_OP_TLBI_NH_VA ||
	       opcode == CMDQV_OP_ATC_INV || opcode == CMDQV_OP_CMD_SYNC;
}

/*
 * A queue that refused what it executes, or what no driver writes, did not read what the
 * driver wrote: that its memory is in pieces is then likelier than a wrong command.
 */
static void suspect_memory(struct explain_finding *finding)
{
	struct explain_reason command = finding->reasons[0];

	if (!finding->id ||
	    (strcmp(finding->id, "cons-illegal") != 0 && strcmp(finding->id, "cons-access") != 0))
		return;
	finding->reasons[0] = finding->reasons[1];
	finding->reasons[1] = command;
}

void explain_command(const uint64_t *word, unsigned int words, struct explain_finding *finding)
{
	uint64_t opcode = CMDQV_GET(CMDQV_CMD0_OPCODE, word[0]);
	char text[200];
	int ret = cmdqv_describe_command(word[0], words > 1 ? word[1] : 0, text, sizeof(text));

	if (ret == 0 && words == 1)
		text[strcspn(text, " ")] = '\0';
	explain_add(finding, "The command: %s.", text);
	if (ret != 0)
		explain_add(finding, "A driver writes no such thing: it is other memory, or an "
				     "entry before it was filled in.");
	else if (!guest_executes(opcode))
		explain_add(finding, "A queue that belongs to a guest refuses it.");
	else if (opcode == CMDQV_OP_CMD_SYNC && CMDQV_GET(CMDQV_SYNC0_CS, word[0]) != 0)
		explain_add(finding, "A VCMDQ takes CMD_SYNC with CS=0 only.");
	else
		explain_add(finding, "A queue that belongs to a guest executes it.");
	if (ret != 0 || guest_executes(opcode))
		suspect_memory(finding);
}

/* ---- registers ---- */

void explain_cons(uint32_t cons, struct explain_finding *finding)
{
	uint32_t error = (uint32_t)CMDQV_GET(CMDQV_VCMDQ_CONS_ERR, cons);
	uint32_t index = (uint32_t)CMDQV_GET(CMDQV_VCMDQ_CONS_INDEX, cons);

	if (error == CMDQV_CERROR_NONE) {
		explain_add(finding,
			    "CONS has no error; the next entry is %" PRIu32
			    " (with the wrap bit above the index).",
			    index);
		explain_take_advice(finding, "cons-none", WEIGHT_VALUE);
		return;
	}
	explain_add(finding,
		    "The queue stands at entry %" PRIu32 " (with the wrap bit above the "
		    "index) for error %" PRIu32 ", %s; it goes on when GERRORN is written.",
		    index, error, cmdqv_describe_cerror(error));
	switch (error) {
	case CMDQV_CERROR_ILL:
		explain_take_advice(finding, "cons-illegal", WEIGHT_ERROR);
		return;
	case CMDQV_CERROR_ABT:
		explain_take_advice(finding, "cons-abort", WEIGHT_ERROR);
		return;
	case CMDQV_CERROR_ATC_INV_SYNC:
		explain_take_advice(finding, "cons-atc", WEIGHT_ERROR);
		return;
	default: /* Linux prints "Unknown" for 4 and above */
		explain_take_advice(finding, "cons-access", WEIGHT_ERROR);
		return;
	}
}

/* Bits of GERROR, or those that differ from GERRORN. */
static void tell_gerror(uint64_t bits, struct explain_finding *finding)
{
	if (bits & CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR) {
		explain_add(finding, "GERROR bit 2, CMDQ_INIT_ERR: the queue could not be set up.");
		explain_take_advice(finding, "init-error", WEIGHT_ERROR + 1);
	}
	if (bits & CMDQV_VCMDQ_GERROR_CMDQ_ERR) {
		explain_add(finding, "GERROR bit 0, CMDQ_ERR: a command was refused; CONS bits "
				     "30:24 say why.");
		explain_take_advice(finding, "isr", WEIGHT_VALUE + 1);
	}
	if (bits & CMDQV_VCMDQ_GERROR_CONS_DRAM_WR_ABT_ERR) {
		explain_add(finding, "GERROR bit 1, CONS_DRAM_WR_ABT_ERR: CONS could not be "
				     "written to memory.");
		explain_take_advice(finding, "cons-write", WEIGHT_ERROR);
	}
}

static void tell_size(uint64_t bytes, struct explain_finding *finding)
{
	bool mib = bytes >= BIT(20);
	bool kib = bytes >= BIT(10);

	explain_add(finding, "%" PRIu64 "%s",
		    mib	  ? bytes >> 20
		    : kib ? bytes >> 10
			  : bytes,
		    mib	  ? " MiB"
		    : kib ? " KiB"
			  : " bytes");
}

static void tell_base(uint64_t value, struct explain_finding *finding)
{
	uint64_t log2 = CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, value);
	uint64_t address = value & CMDQV_VCMDQ_BASE_ADDR;
	uint64_t bytes = UINT64_C(16) << log2;

	if (value == 0) {
		explain_add(finding, "No queue: 0 takes one away.");
		return;
	}
	if (log2 > CMDQV_MAX_LOG2SIZE) {
		explain_add(finding, "No SMMU has so large a queue: LOG2SIZE is 19 at most, and "
				     "IDR1.CMDQS of this one.");
		return;
	}
	explain_add(finding, "A queue of %" PRIu64 " entries of 16 bytes,", UINT64_C(1) << log2);
	tell_size(bytes, finding);
	explain_add(finding,
		    "at 0x%" PRIx64 ". The kernel takes it only if these are physically "
		    "contiguous: in one page of that size, or luck.",
		    address);
	if ((address & (bytes - 1)) != 0)
		explain_add(finding, "The address is not aligned to the size: refused (EINVAL).");
}

static void tell_alloc(uint64_t value, struct explain_finding *finding)
{
	uint64_t queue = CMDQV_GET(CMDQV_CMDQ_ALLOC_LVCMDQ, value);
	uint64_t vintf = CMDQV_GET(CMDQV_CMDQ_ALLOC_VINTF, value);

	explain_add(finding, "%s queue %" PRIu64 " of VINTF %" PRIu64 ".",
		    value & CMDQV_CMDQ_ALLOC_ALLOCATED ? "The VCMDQ is mapped as logical"
						       : "Not mapped; it would become logical",
		    queue, vintf);
}

static void tell_param(uint64_t value, struct explain_finding *finding)
{
	uint64_t vcmdqs = CMDQV_GET(CMDQV_PARAM_NUM_VCMDQ_LOG2, value);
	uint64_t vintfs = CMDQV_GET(CMDQV_PARAM_NUM_VINTF_LOG2, value);
	uint64_t sids = CMDQV_GET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, value);

	explain_add(finding, "%u VINTFs, %u VCMDQs, %u StreamIDs for each VM.", BIT(vintfs),
		    BIT(vcmdqs), BIT(sids));
	if (vintfs > vcmdqs)
		explain_add(finding, "Fewer queues than VINTFs: not a value of this hardware.");
	else if (vintfs == 0)
		explain_add(finding, "One VINTF: a guest's view.");
	else
		explain_add(finding, "The physical CMDQV, %u queues for each VINTF.",
			    BIT(vcmdqs - vintfs));
}

static void tell_vintf_config(uint64_t value, struct explain_finding *finding)
{
	explain_add(finding,
		    value & CMDQV_VINTF_CONFIG_HYP_OWN
			    ? "HYP_OWN=1: the host kernel's own. A guest must read 0 here, "
			      "else its queues get commands that they refuse."
			    : "HYP_OWN=0: a guest's; it executes TLBI_NH_ASID, TLBI_NH_VA, "
			      "ATC_INV and CMD_SYNC.");
}

static void tell_cons(uint64_t value, struct explain_finding *finding)
{
	explain_cons((uint32_t)value, finding);
}

enum {
	VINTF_AT = CMDQV_VINTF_BLOCK,
	PAGE0_AT = CMDQV_VINTF_PAGE0,
	PAGE1_AT = CMDQV_VINTF_PAGE1,
};

/* Names under which people know registers; of arrays the first row stands for all. */
static const struct named {
	const char *name;
	uint64_t offset;
	uint64_t bits;
	void (*tell)(uint64_t value, struct explain_finding *finding);
} registers[] = {
	{"CONFIG", CMDQV_REG_CONFIG, 32, NULL},
	{"PARAM", CMDQV_REG_PARAM, 32, tell_param},
	{"STATUS", CMDQV_REG_STATUS, 32, NULL},
	{"CMDQ_ALLOC", CMDQV_REG_CMDQ_ALLOC, 32, tell_alloc},
	{"CMDQ_ALLOC_MAP", CMDQV_REG_CMDQ_ALLOC, 32, tell_alloc},
	{"ALLOC_MAP", CMDQV_REG_CMDQ_ALLOC, 32, tell_alloc},
	{"ALLOC", CMDQV_REG_CMDQ_ALLOC, 32, tell_alloc},
	{"VINTF_CONFIG", VINTF_AT + CMDQV_REG_VINTF_CONFIG, 32, tell_vintf_config},
	{"VINTF_STATUS", VINTF_AT + CMDQV_REG_VINTF_STATUS, 32, NULL},
	{"SID_MATCH", VINTF_AT + CMDQV_REG_SID_MATCH, 32, NULL},
	{"SID_REPLACE", VINTF_AT + CMDQV_REG_SID_REPLACE, 32, NULL},
	{"CONS", PAGE0_AT + CMDQV_REG_VCMDQ_CONS, 32, tell_cons},
	{"PROD", PAGE0_AT + CMDQV_REG_VCMDQ_PROD, 32, NULL},
	{"VCMDQ_CONFIG", PAGE0_AT + CMDQV_REG_VCMDQ_CONFIG, 32, NULL},
	{"VCMDQ_STATUS", PAGE0_AT + CMDQV_REG_VCMDQ_STATUS, 32, NULL},
	{"GERROR", PAGE0_AT + CMDQV_REG_VCMDQ_GERROR, 32, NULL},
	{"GERRORN", PAGE0_AT + CMDQV_REG_VCMDQ_GERRORN, 32, NULL},
	{"BASE", PAGE1_AT + CMDQV_REG_VCMDQ_BASE, 64, tell_base},
	{"CONS_INDX_BASE", PAGE1_AT + CMDQV_REG_VCMDQ_CONS_INDX_BASE, 64, NULL},
};

static const struct named *find_register(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT(registers); i++)
		if (is_word(name, length, registers[i].name))
			return &registers[i];
	return NULL;
}

static void tell_register(const struct named *reg, uint64_t value, struct explain_finding *finding)
{
	char text[200];

	if (reg->bits == 32 && value > UINT32_MAX) {
		explain_add(finding, "%s 0x%" PRIx64 ": more than its 32 bits.", reg->name, value);
	} else {
		cmdqv_describe_value(&physical, reg->offset, value, text, sizeof(text));
		explain_add(finding, "%s 0x%" PRIx64 ": %s.", reg->name, value, text);
		if (reg->tell)
			reg->tell(value, finding);
	}
	explain_take_advice(finding, "value", WEIGHT_VALUE);
}

/* What a line says about two registers that mean something together. */
struct seen {
	uint64_t gerror;
	uint64_t gerrorn;
	bool has_gerror;
	bool has_gerrorn;
};

/* What GERROR says, less what GERRORN has acknowledged if it is there. */
static void tell_errors(const struct seen *seen, struct explain_finding *finding)
{
	uint64_t pending = seen->gerror ^ seen->gerrorn;

	if (!seen->has_gerror)
		return;
	if (!seen->has_gerrorn)
		pending = seen->gerror;
	else if (pending == 0)
		explain_add(finding, "GERROR and GERRORN agree: nothing is pending.");
	else
		explain_add(finding,
			    "GERROR and GERRORN differ in 0x%" PRIx64
			    ": pending, not yet acknowledged.",
			    pending);
	tell_gerror(pending, finding);
}

static void note(const struct named *reg, uint64_t value, struct seen *seen)
{
	if (strcmp(reg->name, "GERROR") == 0) {
		seen->gerror = value;
		seen->has_gerror = true;
	} else if (strcmp(reg->name, "GERRORN") == 0) {
		seen->gerrorn = value;
		seen->has_gerrorn = true;
	}
}

/* A number ends with its word: "1*2097152" and "3.5" are none. */
static bool ends_word(const char *at)
{
	if (*at == '.' || *at == ':')
		at++;
	return *at == '\0' || strchr(" \t,;)]}\"'", *at) != NULL;
}

/* The value after a name: "=0x..." anywhere, " 0x..." or ": 0x..." behind the first word. */
static bool take_value(const char **text, bool first, uint64_t *value)
{
	const char *at = *text;

	if (*at == '=')
		at++;
	else if (first && *at == ':')
		at = skip_blanks(at + 1);
	else if (first)
		at = skip_blanks(at);
	else
		return false;
	if (!explain_number(&at, value) || !ends_word(at))
		return false;
	*text = at;
	return true;
}

static bool is_upper(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (islower((unsigned char)name[i]))
			return false;
	return true;
}

static bool is_about_smmus(const char *line)
{
	static const char *const names[] = {"arm-smmu-v3", "tegra241", "cmdqv",
					    "CMDQV",	   "VINTF",    "VCMDQ"};

	for (size_t i = 0; i < COUNT(names); i++)
		if (strstr(line, names[i]))
			return true;
	return false;
}

/* Is a line nothing but words such as "CONS=0x1", with commas between them? */
static bool is_all_values(const char *line)
{
	for (line = skip_blanks(line); *line; line = skip_blanks(line)) {
		const char *name;
		uint64_t value;
		size_t length = take_name(&line, &name);

		if (length == 0 || !is_upper(name, length) || !take_value(&line, false, &value))
			return false;
	}
	return true;
}

static bool explain_registers(const char *line, bool log, struct explain_finding *finding)
{
	struct seen seen = {0};
	bool first = true;
	bool found = false;

	if (log && !is_about_smmus(line) && !is_all_values(line))
		return false;
	while (*line) {
		const struct named *reg;
		const char *name;
		uint64_t value;
		size_t length = take_name(&line, &name);

		if (length == 0) {
			line++;
			continue;
		}
		reg = find_register(name, length);
		if (log && !is_upper(name, length))
			reg = NULL;
		if (reg && take_value(&line, first && !log, &value)) {
			tell_register(reg, value, finding);
			note(reg, value, &seen);
			found = true;
			continue; /* "first" stays: "CONS 0x1 GERROR 0x1" */
		}
		first = false;
	}
	tell_errors(&seen, finding);
	return found;
}

/* ---- entries and commands ---- */

static bool explain_ste(const char *line, struct explain_finding *finding)
{
	uint64_t words[2];
	const char *name;
	char text[400];
	bool good;

	size_t length;

	line = skip_blanks(line);
	length = take_name(&line, &name);
	if (!is_word(name, length, "STE"))
		return false;
	if (!take_two_words(line + strspn(line, ":="), words))
		return false;
	good = cmdqv_describe_ste(words[0], words[1], text, sizeof(text)) == 0;
	explain_add(finding, "Stream table entry: %s.", text);
	explain_take_advice(finding, good ? "ste" : "ste-refused", WEIGHT_VALUE);
	return true;
}

static bool explain_two_words(const char *line, struct explain_finding *finding)
{
	uint64_t words[2];
	const char *after = skip_blanks(line);
	const char *name;
	size_t length = take_name(&after, &name);

	if (is_word(name, length, "command") || is_word(name, length, "cmd"))
		line = after + strspn(after, ":=");
	if (!take_two_words(line, words))
		return false;
	explain_command(words, 2, finding);
	explain_take_advice(finding, "command", WEIGHT_VALUE);
	return true;
}

bool explain_values(const char *line, bool log, struct explain_finding *finding)
{
	return explain_ste(line, finding) || explain_two_words(line, finding) ||
	       explain_registers(line, log, finding);
}

/* ---- errnos ---- */

static const struct {
	const char *name;
	int number;
} errnos[] = {
	{"EPERM", EPERM},	    {"ENOENT", ENOENT},
	{"EINTR", EINTR},	    {"EIO", EIO},
	{"ENXIO", ENXIO},	    {"E2BIG", E2BIG},
	{"EBADF", EBADF},	    {"EAGAIN", EAGAIN},
	{"ENOMEM", ENOMEM},	    {"EACCES", EACCES},
	{"EFAULT", EFAULT},	    {"EBUSY", EBUSY},
	{"EEXIST", EEXIST},	    {"ENODEV", ENODEV},
	{"EINVAL", EINVAL},	    {"ENFILE", ENFILE},
	{"EMFILE", EMFILE},	    {"ENOTTY", ENOTTY},
	{"ENOSPC", ENOSPC},	    {"ESPIPE", ESPIPE},
	{"ERANGE", ERANGE},	    {"EOVERFLOW", EOVERFLOW},
	{"EOPNOTSUPP", EOPNOTSUPP}, {"ENOTSUP", EOPNOTSUPP},
	{"EADDRINUSE", EADDRINUSE}, {"ETIMEDOUT", ETIMEDOUT},
};

/* The errno of that name, or 0. */
static int errno_of_name(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT(errnos); i++)
		if (is_word(name, length, errnos[i].name))
			return errnos[i].number;
	return 0;
}

/* The errno whose text, such as "Bad address", stands in the line; or 0. */
static int errno_of_text(const char *line)
{
	for (size_t i = 0; i < COUNT(errnos); i++)
		if (strstr(line, strerror(errnos[i].number)) != NULL)
			return errnos[i].number;
	return 0;
}

/* The errno after a call: its name, its text, or "-28", "= -28", "errno 28". */
static int find_errno(const char *line)
{
	const char *at = line;
	const char *name;
	uint64_t value;
	int error;

	while (*at) {
		size_t length = take_name(&at, &name);

		error = errno_of_name(name, length);
		if (error)
			return error;
		if (length == 0)
			at++;
	}
	error = errno_of_text(line);
	if (error)
		return error;
	at = line + strspn(line, " \t:=()");
	take_name(&at, &name);
	if (!is_word(name, (size_t)(at - name), "errno") &&
	    !is_word(name, (size_t)(at - name), "error"))
		at = name;
	at += strspn(at, " \t:=");
	at += *at == '-';
	return explain_number(&at, &value) && value > 0 && value < 256 ? (int)value : 0;
}

/* Words that stand for a call at the beginning of a line only. */
static bool is_ordinary(const char *call)
{
	static const char *const words[] = {"open",   "openat", "read",	   "mmap",	"bind",
					    "attach", "detach", "destroy", "invalidate"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcasecmp(call, words[i]) == 0)
			return true;
	return false;
}

static bool is_call(const char *call)
{
	const char *cause;
	const char *remedy;

	return cmdqv_describe_errno(call, EINVAL, 0, &cause, &remedy) != -EINVAL;
}

/* Is what follows a name that of a line of strace, "(...) = -1 EIO (...)"? */
static bool is_traced(const char *after)
{
	return *after == '(' && strstr(after, "= -1 ") != NULL;
}

#define IOCTL_TYPE ((unsigned int)';')

/* iommufd's and VFIO's ioctls by their numbers, for an strace that does not know the names. */
static const struct {
	const char *call;
	unsigned int number;
} ioctls[] = {
	{"VFIO_DEVICE_BIND_IOMMUFD", 0x76},
	{"VFIO_DEVICE_ATTACH_IOMMUFD_PT", 0x77},
	{"VFIO_DEVICE_DETACH_IOMMUFD_PT", 0x78},
	{"IOMMU_DESTROY", 0x80},
	{"IOMMU_IOAS_ALLOC", 0x81},
	{"IOMMU_IOAS_MAP", 0x85},
	{"IOMMU_IOAS_UNMAP", 0x86},
	{"IOMMU_HWPT_ALLOC", 0x89},
	{"IOMMU_GET_HW_INFO", 0x8a},
	{"IOMMU_HWPT_INVALIDATE", 0x8d},
	{"IOMMU_IOAS_MAP_FILE", 0x8f},
	{"IOMMU_VIOMMU_ALLOC", 0x90},
	{"IOMMU_VDEVICE_ALLOC", 0x91},
	{"IOMMU_VEVENTQ_ALLOC", 0x93},
	{"IOMMU_HW_QUEUE_ALLOC", 0x94},
};

/* The number at *text and moves behind it and the comma or parenthesis that follows. */
static bool take_part(const char **text, uint64_t *value)
{
	*text += strspn(*text, " ");
	if (!explain_number(text, value))
		return false;
	*text += strspn(*text, " ,)");
	return true;
}

/* "ioctl(3, _IOC(_IOC_NONE, 0x3b, 0x94, 0), ...", "_IO(0x3b, 0x94)", "0x3b94" */
static bool find_ioctl(const char *line, char *call, size_t bytes, const char **after)
{
	const char *at = strstr(line, "ioctl(");
	uint64_t type;
	uint64_t number;

	if (!at || !strchr(at, ','))
		return false;
	at = strchr(at, ',') + 1;
	at += strspn(at, " ");
	if (strncmp(at, "_IO", 3) == 0) {
		at += strcspn(at, "(");
		at += *at == '(';
		if (strncmp(at, "_IOC_", 5) == 0)
			at += strcspn(at, ",");
		at += *at == ',';
		if (!take_part(&at, &type) || !take_part(&at, &number))
			return false;
		number |= type << 8;
	} else if (!take_part(&at, &number)) {
		return false;
	}
	for (size_t i = 0; i < COUNT(ioctls); i++) {
		if ((IOCTL_TYPE << 8 | ioctls[i].number) != number)
			continue;
		snprintf(call, bytes, "%s", ioctls[i].call);
		*after = at;
		return true;
	}
	return false;
}

/* Finds a call's name; *after is what follows it. */
static bool find_call(const char *line, bool log, char *call, size_t bytes, const char **after)
{
	bool first = true;

	while (*line) {
		const char *name;
		size_t length = take_name(&line, &name);

		if (length == 0) {
			line++;
			continue;
		}
		if (length < bytes) {
			snprintf(call, bytes, "%.*s", (int)length, name);
			if (strcasecmp(call, "openat") == 0)
				call[4] = '\0';
			if (((first && (!log || is_upper(call, length) || is_traced(line))) ||
			     !is_ordinary(call)) &&
			    is_call(call)) {
				*after = line;
				return true;
			}
		}
		first = false;
	}
	return false;
}

static const char *errno_name(int error)
{
	for (size_t i = 0; i < COUNT(errnos); i++)
		if (errnos[i].number == error)
			return errnos[i].name;
	return "an errno";
}

bool explain_errno(const char *line, bool log, struct explain_finding *finding)
{
	char call[40];
	const char *after;
	int error;
	unsigned int n = 0;

	if (!find_ioctl(line, call, sizeof(call), &after) &&
	    !find_call(line, log, call, sizeof(call), &after))
		return false;
	error = find_errno(after);
	if (error == 0)
		return false;
	explain_add(finding, "%s failed with %s (%d, %s).", call, errno_name(error), error,
		    strerror(error));
	explain_take_advice(finding, "errno", WEIGHT_ERROR);
	while (n < EXPLAIN_REASONS &&
	       cmdqv_describe_errno(call, error, n, &finding->reasons[n].cause,
				    &finding->reasons[n].remedy) == 0)
		n++;
	if (n == 0)
		explain_add(finding, "Linux is not known to do so; see the host's kernel log.");
	return true;
}
