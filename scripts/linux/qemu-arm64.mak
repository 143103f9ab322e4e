# SPDX-License-Identifier: BSD-2-Clause
# The devices of the QEMU that scripts/linux/qemu-arm64 builds: one machine, and a host's devices.
CONFIG_ARM_VIRT=y
CONFIG_PCIE_PORT=y
CONFIG_PXB=y
CONFIG_CXL=y
CONFIG_CXL_MEM_DEVICE=y
CONFIG_VFIO_PCI=y
CONFIG_IOMMUFD=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
