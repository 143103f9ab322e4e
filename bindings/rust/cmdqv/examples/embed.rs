// SPDX-License-Identifier: BSD-2-Clause
//! examples/embed.c again: the smallest VMM that has a CMDQV, on the software host. It plays its own
//! guest at the end: one queue, one invalidation, through the page that the guest would have mapped.
use cmdqv::{
    field,
    soft::{Executed, HostConfig, Ram, SoftHost},
    sys, Config, Device, Log, Page0, Viommu, Vmm,
};
use std::{
    error::Error,
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering},
    sync::Arc,
};

/// What the VMM lends: a memslot, an interrupt, its memory map, its log.
struct MyVmm {
    ram: Arc<Ram>,           // the guest's memory, at guest address 0
    page0: *const AtomicU32, // where the guest sees VINTF page 0, or null
}

// SAFETY: the page may be reached from any thread.
unsafe impl Send for MyVmm {}

impl Vmm for MyVmm {
    fn page0_map(&mut self, page: &Page0) -> Result<(), i32> {
        self.page0 = page.host as *const AtomicU32; // here: KVM_SET_USER_MEMORY_REGION; never into an IOAS
        Ok(())
    }
    fn page0_unmap(&mut self) {
        self.page0 = std::ptr::null();
    }
    fn interrupt(&mut self) {} // here: an edge on the CMDQV's line
    fn is_guest_ram(&mut self, gpa: u64, bytes: u64) -> bool {
        let size = self.ram.bytes() as u64;
        gpa < size && bytes <= size - gpa
    }
    fn log(&mut self, log: &Log<'_>) {
        eprintln!("{}: {}", log.id, log.text);
    }
}

/// What a guest's driver would do; the last two stores cause no exit.
fn play_guest(device: &mut Device<MyVmm>, host: &SoftHost) -> Result<bool, cmdqv::Error> {
    const VINTF: u64 = (sys::CMDQV_VINTF_BLOCK + sys::CMDQV_REG_VINTF_CONFIG) as u64;
    const BASE: u64 = (sys::CMDQV_VINTF_PAGE1 + sys::CMDQV_REG_VCMDQ_BASE) as u64;
    const RING: u64 = 0x1000;

    device.write(VINTF, &sys::CMDQV_VINTF_CONFIG_ENABLE.to_le_bytes());
    device.write(sys::CMDQV_REG_CMDQ_ALLOC.into(), &sys::CMDQV_CMDQ_ALLOC_ALLOCATED.to_le_bytes());
    device.write(BASE, &(RING | 4).to_le_bytes()); // 16 entries: page 0 is mapped now
    let (ram, page0) = (device.vmm().ram.clone(), device.vmm().page0);
    if page0.is_null() {
        return Ok(false);
    }
    // SAFETY: the page is mapped until page0_unmap().
    let register = |offset: u32| unsafe { &*page0.add(offset as usize / 4) };
    let asid = field(sys::CMDQV_TLBI0_ASID as u64, 7);
    ram.write(RING as usize, u64::from(sys::CMDQV_OP_TLBI_NH_ASID) | asid);
    ram.write(RING as usize + 16, sys::CMDQV_OP_CMD_SYNC.into());
    register(sys::CMDQV_REG_VCMDQ_CONFIG).store(sys::CMDQV_VCMDQ_CONFIG_EN, Ordering::SeqCst);
    register(sys::CMDQV_REG_VCMDQ_PROD).store(2, Ordering::SeqCst);
    while host.run(64)? > 0 {} // on Grace the hardware does this
    Ok(register(sys::CMDQV_REG_VCMDQ_CONS).load(Ordering::SeqCst) == 2)
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let config = HostConfig { log2_vcmdqs: 2, log2_vintfs: 1, cmdqs: 8, ..HostConfig::default() };
    let host = SoftHost::with_engine(&config, |command| {
        println!("executed: {}", cmdqv::describe_command(command.raw));
        Executed::Done
    })?;
    let ram = Ram::new(256);
    let vm = host.create_vm()?;
    vm.map_ram(0, ram.clone())?;
    let vmm = MyVmm { ram, page0: std::ptr::null() };
    let mut device =
        Device::new(&Config { cmdqs: 8, guest_is_coherent: true, ..Config::default() }, Viommu::open_soft(vm)?, vmm)?;
    let done = play_guest(&mut device, &host)?;
    drop(device);
    println!("{}", if done { "the invalidation was executed without an exit" } else { "it was not executed" });
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
