/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: whatever the kernel answers, by errno or by content, the call WHAT of the iommufd port
 * says 0 only for an answer that makes sense: an object has an id, a descriptor is none below 0, a
 * page has 64 KiB and a place, a geometry is one that the device takes, a number of commands that
 * were issued is one of those that were handed over; what was made for another answer is destroyed
 * where it can be named; a call that is interrupted is repeated at most 16 times.
 *
 * Assumes: ioctl() writes anything into the struct of its call, and returns anything from -1 up.
 *
 * Bound: 41 turns: 16 interruptions, and 40 bytes of a record.
 *
 * Takes: 0.3 to 2.2 s each of 6 proofs, at most 143 MiB.
 */
#include "proof.h"
#include "words.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

static int kernel(void *argument, size_t bytes);
static ssize_t kernel_read(void *bytes, size_t room);
static int kernel_close(int fd);

#define ioctl(fd, number, argument) kernel(argument, bytes_of(number))
#define read(fd, bytes, room) kernel_read(bytes, room)
#define close(fd) kernel_close(fd)

static size_t bytes_of(unsigned long number);

#include "iommufd/port.c"

static uint32_t calls, destroyed, closed;

static size_t bytes_of(unsigned long number)
{
	switch (number) {
	case ABI_IOMMU_VIOMMU_ALLOC:
		return sizeof(struct abi_viommu_alloc);
	case ABI_IOMMU_GET_HW_INFO:
		return sizeof(struct abi_hw_info);
	case ABI_IOMMU_HWPT_ALLOC:
		return sizeof(struct abi_hwpt_alloc);
	case ABI_IOMMU_VDEVICE_ALLOC:
		return sizeof(struct abi_vdevice_alloc);
	case ABI_IOMMU_VEVENTQ_ALLOC:
		return sizeof(struct abi_veventq_alloc);
	case ABI_IOMMU_HW_QUEUE_ALLOC:
		return sizeof(struct abi_hw_queue_alloc);
	case ABI_IOMMU_HWPT_INVALIDATE:
		return sizeof(struct abi_hwpt_invalidate);
	default:
		return sizeof(struct abi_destroy);
	}
}

static int kernel(void *argument, size_t bytes)
{
	int result = nondet_int();

	calls++;
	__CPROVER_havoc_slice(argument, bytes);
	errno = nondet_int();
	ASSUME(result >= -1 && errno > 0 && errno <= 4095);
	return result;
}

static ssize_t kernel_read(void *bytes, size_t room)
{
	ssize_t length = (ssize_t)nondet_u64();

	__CPROVER_havoc_slice(bytes, room);
	errno = nondet_int();
	ASSUME(length >= -1 && errno > 0 && errno <= 4095);
	return length;
}

static int kernel_close(int fd)
{
	PROVE(fd >= 0, "a descriptor");
	closed++;
	return nondet_int();
}

int object_destroy(const struct port *port, uint32_t id)
{
	PROVE(id != 0, "an object that can be named");
	destroyed++;
	return nondet_int();
}

/* ---- the calls ---- */

static int viommu(const struct port *port)
{
	struct abi_viommu_alloc answer;
	struct abi_viommu_cmdqv data;
	struct port_viommu v = {0}, made = {0};
	int err = viommu_from_uapi(&answer, &data, &v);

	PROVE(err || (v.id && v.mmap_offset && data.out_vintf_mmap_length == 65536),
	      "a page of 64 KiB");
	PROVE(err == 0 || err == -EPROTO, "or nonsense");
	/* A kernel that says nothing of the page. */
	PROVE(linux_viommu_alloc(port, nondet_u32(), nondet_u32(), &made) < 0,
	      "nonsense, or its errno");
	PROVE(destroyed == (made.id != 0), "what was made is destroyed");
	COVER(destroyed == 1, "it is");
	return err;
}

static int hw_info(const struct port *port)
{
	struct abi_hw_info_cmdqv cmdqv;
	struct cmdqv_hw_info info = {0};
	int err = cmdqv_info_from_uapi(&cmdqv, &info);

	(void)port;
	PROVE(err || (info.version == 1 && info.num_lvcmdqs >= 1 && info.num_lvcmdqs <= 128),
	      "queues");
	PROVE(err || (info.num_lvcmdqs & (info.num_lvcmdqs - 1)) == 0, "a power of two");
	PROVE(err || (info.num_sids >= 1 && info.num_sids <= 16), "SID slots");
	COVER(!err && info.num_lvcmdqs == 128, "128 queues");
	return err;
}

static int hw_info_call(const struct port *port)
{
	struct abi_hw_info answer;
	uint32_t bytes = nondet_u32(), type = nondet_u32(), data;
	int err = get_hw_info(port->fd, nondet_u32(), type, &data, bytes, &answer);

	PROVE(err || (answer.data_type == type && answer.data_len >= bytes),
	      "that type, and all of it");
	return err;
}

static int veventq(const struct port *port)
{
	struct port_veventq queue = {.fd = -1};
	int err = linux_veventq_alloc(port, nondet_u32(),
				      nondet_bool() ? PORT_EVENTS_CMDQV : PORT_EVENTS_SMMU, &queue);

	PROVE(err || (queue.id && queue.fd >= 0), "an id and a descriptor");
	PROVE(err != -EPROTO || closed == (queue.fd >= 0), "the descriptor is closed, and once");
	PROVE(err != -EPROTO || !destroyed == !queue.id, "the queue is destroyed");
	COVER(err == -EPROTO && closed == 1 && destroyed == 0, "a descriptor alone is closed");
	COVER(err == -EPROTO && closed == 0 && destroyed == 1, "a queue alone is destroyed");
	return err;
}

static int record_of(const struct port *port, enum port_events type)
{
	struct port_veventq queue = {.fd = 3};
	struct port_record r = {.sequence = 7};
	int err = linux_veventq_read(port, &queue, type, &r);

	PROVE(err <= 1 && err >= -4095, "a record, none, or an errno");
	PROVE(err != 1 || r.sequence <= INT32_MAX, "a sequence number");
	PROVE(err != 1 || !r.lost || (r.data[0] | r.data[3]) == 0, "a lost one has no data");
	COVER(err == 1 && r.lost, "a lost one");
	COVER(err == 1 && r.data[1], "one with data");
	COVER(err == -EBADMSG, "a malformed one");
	return err != 1;
}

static int record(const struct port *port)
{
	return nondet_bool() ? record_of(port, PORT_EVENTS_CMDQV)
			     : record_of(port, PORT_EVENTS_SMMU);
}

static int objects(const struct port *port)
{
	cmdqv_gpa_t base = {nondet_u64()};
	cmdqv_vsid_t vsid = {nondet_u32()};
	uint64_t ste[2] = {nondet_u64(), nondet_u64()};
	uint32_t id = 0, other = 0, third = 0;
	int err = linux_hw_queue_alloc(port, nondet_u32(), nondet_u32(), base, nondet_u64(), &id);
	int err2 = linux_vdevice_alloc(port, nondet_u32(), nondet_u32(), vsid, &other);
	int err3 = linux_nested_alloc(port, nondet_u32(), nondet_u32(), ste, &third);

	PROVE((err || id) && (err2 || other) && (err3 || third), "an object has an id");
	PROVE(err <= 0 && err >= -4095 && err2 <= 0 && err3 <= 0, "an errno");
	return err;
}

static int invalidate(const struct port *port)
{
	struct cmdqv_viommu_command commands[2];
	uint32_t asked = nondet_u32(), count = asked;
	int err = linux_invalidate(port, nondet_u32(), commands, &count);

	PROVE(err == 0 || err == -EIO || count == asked, "as it was");
	PROVE(err || count == asked, "all of them");
	PROVE(err != -EIO || count < asked, "the one that is refused is one of them");
	COVER(err == -EPROTO, "a number that makes no sense");
	return err;
}

int main(void)
{
	const struct port port = {.fd = 3};
	int err = WHAT(&port);

	PROVE(calls <= 3 * MOST_INTERRUPTIONS, "16 interruptions at most");
	COVER(err == 0, "success");
	COVER(err != 0, "failure");
	REACHED("the end");
}
