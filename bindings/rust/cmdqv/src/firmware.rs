// SPDX-License-Identifier: BSD-2-Clause
//! How a guest is told that its SMMUv3 has a CMDQV: by an ACPI table, or by nodes of a device tree. Prefer
//! ACPI where you can choose: of a device tree Linux 7.3 concludes that the chip has an erratum.
use crate::{
    error::{check, static_text, Result},
    sys,
};
use std::{ffi::CStr, mem::size_of};

/// Where a machine has its CMDQV.
#[derive(Debug, Clone, Copy)]
pub struct Firmware {
    /// Of the window: a multiple of 64 KiB.
    pub base: u64,
    /// Of the window: `CMDQV_GUEST_BYTES` of [`sys`](crate::sys), or a physical one's.
    pub bytes: u64,
    /// Its interrupt at a GIC, 32 to 1019 (of an SPI: + 32); an edge.
    pub gsiv: u32,
    /// Identifier of the SMMUv3's node in the IORT.
    pub smmu: u32,
    /// Tells apart the CMDQVs of one machine in names.
    pub instance: u8,
    /// Of [`HwInfo`](crate::HwInfo): what the physical SMMU asks of a guest.
    pub smmu_flags: u32,
}

/// A property of a device tree's node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Its value as the flattened tree has it, big-endian.
    pub value: Vec<u8>,
}

/// A node of a device tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Unit name, such as "cmdqv@b000000".
    pub name: String,
    /// Its properties.
    pub properties: Vec<Property>,
}

impl Firmware {
    fn to_c(self) -> sys::cmdqv_firmware {
        sys::cmdqv_firmware {
            size: size_of::<sys::cmdqv_firmware>(),
            base: self.base,
            bytes: self.bytes,
            gsiv: self.gsiv,
            smmu: self.smmu,
            instance: self.instance,
            smmu_flags: self.smmu_flags,
            ..Default::default()
        }
    }

    /// An SSDT with the CMDQV's device. `Error::NotSupported`: `smmu_flags` has `CMDQV_SMMU_REPEAT`, of which
    /// only a device tree tells a guest.
    pub fn acpi(&self) -> Result<Vec<u8>> {
        let mut table = vec![0u8; sys::CMDQV_FIRMWARE_ACPI_BYTES as usize];
        let to = table.as_mut_ptr().cast();
        // SAFETY: `to` has room for so many bytes.
        let bytes =
            check(|error| unsafe { sys::cmdqv_firmware_acpi(&self.to_c(), to, table.len(), error) })?;
        table.truncate(bytes as usize);
        Ok(table)
    }

    /// The CMDQV's node, for a parent with 2 address cells and 2 size cells and an interrupt parent that is a
    /// GIC (3 cells). Add a phandle when you put it into a tree.
    pub fn device_tree(&self) -> Result<Node> {
        let mut node = sys::cmdqv_firmware_node::default();
        // SAFETY: C fills `node` in.
        check(|error| unsafe { sys::cmdqv_firmware_dt_cmdqv(&self.to_c(), &mut node, error) })?;
        // SAFETY: it is filled in.
        Ok(Node { name: unsafe { name(&node) }, properties: unsafe { properties(&node) } })
    }
}

/// Two properties for the SMMUv3's node: "compatible", which replaces the node's own, and the reference to
/// the CMDQV's node by its `phandle`.
pub fn device_tree_of_smmu(phandle: u32) -> Vec<Property> {
    let mut node = sys::cmdqv_firmware_node::default();
    // SAFETY: C fills `node` in.
    unsafe {
        sys::cmdqv_firmware_dt_smmu(phandle, &mut node);
        properties(&node)
    }
}

/// # Safety
/// C must have filled it in.
unsafe fn name(node: &sys::cmdqv_firmware_node) -> String {
    CStr::from_ptr(node.name.as_ptr()).to_string_lossy().into_owned()
}

/// # Safety
/// As for `name()`.
unsafe fn properties(node: &sys::cmdqv_firmware_node) -> Vec<Property> {
    let count = node.count as usize;
    node.properties[..count]
        .iter()
        .map(|one| Property { name: static_text(one.name), value: one.value[..one.bytes as usize].to_vec() })
        .collect()
}
