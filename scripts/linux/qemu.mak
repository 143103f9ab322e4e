# SPDX-License-Identifier: BSD-2-Clause
# The devices of the QEMU that scripts/linux/qemu builds: one machine, and what its guests use.
CONFIG_ARM_VIRT=y
CONFIG_PCIE_PORT=y
CONFIG_PXB=y
# What PXB and NVMe need and do not ask for in 10.2.
CONFIG_CXL=y
CONFIG_CXL_MEM_DEVICE=y
CONFIG_SPDM_SOCKET=y
CONFIG_NVME_PCI=y
CONFIG_E1000E_PCI_EXPRESS=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_EDU=y
