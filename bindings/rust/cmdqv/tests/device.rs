// SPDX-License-Identifier: BSD-2-Clause
use cmdqv::{
    describe_ste, field,
    firmware::{device_tree_of_smmu, Firmware},
    limit_idr, most_cmdqs, query_iommufd, trace_line,
    soft::{Executed, HostConfig, Poller, PollerConfig, Ram, SoftHost, SoftVm},
    sys, Config, Device, Error, Event, IommufdAdopted, IommufdConfig, Log, Page0, Page0Life, QueueLife, Stop, Stream,
    TraceEvent, Viommu, Vmm,
};
use std::{
    env,
    io::Write,
    mem::{forget, replace},
    os::{
        raw::c_void,
        unix::{
            io::{AsFd, OwnedFd},
            net::UnixStream,
        },
    },
    panic::{catch_unwind, panic_any, AssertUnwindSafe},
    process::{Command, Stdio},
    sync::{
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
        Arc, Mutex,
    },
    thread,
};

const VINTF_CONFIG: u64 = (sys::CMDQV_VINTF_BLOCK + sys::CMDQV_REG_VINTF_CONFIG) as u64;
const BASE: u64 = (sys::CMDQV_VINTF_PAGE1 + sys::CMDQV_REG_VCMDQ_BASE) as u64;
const RING: u64 = 0x1000;
const CONFIG: Config = Config { num_lvcmdqs: 0, num_sids: 0, cmdqs: 8, guest_is_coherent: true };
const HOST: HostConfig =
    HostConfig { log2_vcmdqs: 3, log2_vintfs: 2, log2_sids: 4, cmdqs: 8, errata: 0, granule_bytes: 0 };

#[derive(Clone, Copy, PartialEq, Eq)]
enum Panic {
    Never,
    OnMap,
    OnUnmap,
    OnRam,
}

/// What a test looks at while the device has the VMM.
struct Seen {
    page0: Option<Page0>,
    log: Vec<&'static str>,
    interrupts: u32,
    dropped: bool,
}

struct TestVmm {
    seen: Arc<Mutex<Seen>>,
    panic: Panic,
    refuse: Option<i32>,
}

// SAFETY: the page may be reached from any thread.
unsafe impl Send for TestVmm {}

impl TestVmm {
    fn new(panic: Panic) -> Self {
        let seen = Seen { page0: None, log: Vec::new(), interrupts: 0, dropped: false };
        TestVmm { seen: Arc::new(Mutex::new(seen)), panic, refuse: None }
    }
}

impl Vmm for TestVmm {
    fn page0_map(&mut self, page: &Page0) -> Result<(), i32> {
        assert!(self.panic != Panic::OnMap, "on map");
        self.seen.lock().unwrap().page0 = Some(*page);
        self.refuse.map_or(Ok(()), Err)
    }
    fn page0_unmap(&mut self) {
        assert!(self.panic != Panic::OnUnmap, "on unmap");
        self.seen.lock().unwrap().page0 = None;
    }
    fn interrupt(&mut self) {
        self.seen.lock().unwrap().interrupts += 1;
    }
    fn is_guest_ram(&mut self, gpa: u64, bytes: u64) -> bool {
        assert!(self.panic != Panic::OnRam, "on RAM");
        gpa + bytes <= 0x100000
    }
    fn log(&mut self, log: &Log<'_>) {
        self.seen.lock().unwrap().log.push(log.id);
    }
}

impl Drop for TestVmm {
    fn drop(&mut self) {
        self.seen.lock().unwrap().dropped = true;
    }
}

fn viommu(host: &SoftHost) -> (Viommu, Arc<Ram>) {
    let ram = Ram::new(256);
    let vm = host.create_vm().unwrap();
    vm.map_ram(0, ram.clone()).unwrap();
    (Viommu::open_soft(vm).unwrap(), ram)
}

fn device(host: &SoftHost, vmm: TestVmm) -> (Device<TestVmm>, Arc<Ram>) {
    let (viommu, ram) = viommu(host);
    (Device::new(&CONFIG, viommu, vmm).unwrap(), ram)
}

fn bring_up<V: Vmm>(device: &mut Device<V>) {
    device.write(VINTF_CONFIG, &sys::CMDQV_VINTF_CONFIG_ENABLE.to_le_bytes());
    device.write(sys::CMDQV_REG_CMDQ_ALLOC.into(), &sys::CMDQV_CMDQ_ALLOC_ALLOCATED.to_le_bytes());
    device.write(BASE, &(RING | 4).to_le_bytes());
}

fn register(page: &Page0, offset: u32) -> &AtomicU32 {
    // SAFETY: tests use it while it is mapped.
    unsafe { &*(page.host as *const AtomicU32).add(offset as usize / 4) }
}

#[test]
fn a_queue_is_bound_and_page_0_mapped() {
    let host = SoftHost::new(&HOST).unwrap();
    let (mut device, _ram) = device(&host, TestVmm::new(Panic::Never));
    assert_eq!(device.queue(0).unwrap().life, QueueLife::Idle);
    bring_up(&mut device);
    let queue = device.queue(0).unwrap();
    assert_eq!((queue.life, queue.base, queue.bytes), (QueueLife::Bound, RING | 4, 256));
    assert!(device.queue(99).is_none());
    assert!(device.state().page0_mapped);
    assert!(device.range_in_use(RING, 1));
    let counters: Vec<_> = device.counters().collect();
    assert!(counters.contains(&("binds", 1)) && counters.contains(&("page0-maps", 1)));
    let page = device.vmm().seen.lock().unwrap().page0.unwrap();
    assert_eq!((page.guest_offset, page.length), (0x30000, 0x10000));
    device.reset();
    assert!(!device.state().page0_mapped);
    assert!(device.vmm().seen.lock().unwrap().page0.is_none());
}

#[test]
fn the_state_says_all_that_c_says() {
    let host = SoftHost::new(&HOST).unwrap();
    let (mut device, ram) = device(&host, TestVmm::new(Panic::Never));
    let state = device.state();
    assert_eq!((state.version, state.num_lvcmdqs, state.num_sids, state.cmdqs), (1, 2, 16, 8));
    assert_eq!(state.page0, Page0Life::None);
    assert!(state.device_bytes > 0);
    bring_up(&mut device);
    assert_eq!(device.state().page0, Page0Life::Mapped);
    let queue = device.queue(0).unwrap();
    assert_eq!((queue.pinned_gpa, queue.pinned_bytes), (RING, 256));
    assert!(!queue.enabled && !queue.running);
    let page = device.vmm().seen.lock().unwrap().page0.unwrap();
    register(&page, sys::CMDQV_REG_VCMDQ_CONFIG).store(1, Ordering::SeqCst);
    let queue = device.queue(0).unwrap();
    assert!(queue.enabled && !queue.running); // nothing has looked yet
    ram.write(RING as usize, 0xFF);
    register(&page, sys::CMDQV_REG_VCMDQ_PROD).store(1, Ordering::SeqCst);
    while host.run(64).unwrap() > 0 {}
    let queue = device.queue(0).unwrap();
    assert!(queue.running && queue.error_pending);
    assert_eq!((queue.gerror, queue.gerrorn), (1, 0)); // CMDQ_ERR
}

#[test]
fn reads_fill_in_what_they_are_given() {
    let host = SoftHost::new(&HOST).unwrap();
    let (mut device, _ram) = device(&host, TestVmm::new(Panic::Never));
    let mut param = [0xFF; 4];
    device.read(4, &mut param);
    assert_eq!(u32::from_le_bytes(param) & 0xF, 1); // PARAM.VER
    for size in [0, 1, 3, 9, 300] {
        let mut data = vec![0xFF; size];
        device.read(4, &mut data);
        assert_eq!(data, vec![0; size]);
        device.write(4, &data);
    }
    assert!(device.counters().any(|counter| counter == ("guest-bad-size", 10)));
}

#[test]
fn an_error_has_a_kind_an_id_and_a_sentence() {
    let host = SoftHost::new(&HOST).unwrap();
    let seen = TestVmm::new(Panic::Never);
    let dropped = seen.seen.clone();
    let error = Device::new(&Config::default(), viommu(&host).0, seen).err().unwrap();
    assert!(matches!(error, Error::Invalid(_)) && error.errno() == 22);
    assert!(!error.why().id.is_empty() && error.to_string().contains("cmdqs"), "{:?}", error);
    assert!(dropped.lock().unwrap().dropped);
    let vm = host.create_vm().unwrap();
    assert!(matches!(vm.unmap(0x5000, 4096), Err(Error::NotFound(_))));
    assert!(matches!(vm.map_ram(!0xFFF, Ram::new(2)), Err(Error::Overflow(_))));
}

/// Without a wrap: in a release, which does not look for one, 2^52 pages were no memory at all.
#[test]
fn too_much_ram_panics() {
    for pages in [1 << 52, usize::MAX] {
        assert!(catch_unwind(|| Ram::new(pages)).is_err(), "{} pages", pages);
    }
}

/// C looks at all bytes that `size` says, but safe code may have written any number there.
#[test]
fn what_hw_info_says_of_its_size_does_not_count() {
    let mut info = viommu(&SoftHost::new(&HOST).unwrap()).0.hw_info().unwrap();
    for size in [0, usize::MAX] {
        info.size = size;
        assert_eq!(most_cmdqs(&info, 4096), Ok(8));
        limit_idr(&info, 4096, &mut [0x0D40_101A, 0x0273_0010, 0, 0, 0, 0x74]).unwrap();
    }
}

#[test]
fn a_refused_page_is_trapped() {
    let host = SoftHost::new(&HOST).unwrap();
    let (mut device, _ram) = {
        let mut vmm = TestVmm::new(Panic::Never);
        vmm.refuse = Some(12);
        device(&host, vmm)
    };
    bring_up(&mut device);
    let state = device.state();
    assert!(!state.page0_mapped);
    assert_eq!((state.page0, state.page0_errno), (Page0Life::Trapped, 12));
}

impl TestVmm {
    fn seen_log(device: &Device<TestVmm>) -> Vec<&'static str> {
        device.vmm().seen.lock().unwrap().log.clone()
    }
}

#[test]
fn a_panic_goes_around_c_and_the_device_goes_on() {
    let host = SoftHost::new(&HOST).unwrap();
    for (panic, text) in [(Panic::OnMap, "on map"), (Panic::OnRam, "on RAM")] {
        let (mut device, _ram) = device(&host, TestVmm::new(panic));
        let caught = catch_unwind(AssertUnwindSafe(|| bring_up(&mut device))).unwrap_err();
        assert!(caught.downcast_ref::<&str>().map_or(false, |said| *said == text));
        assert!(!device.state().page0_mapped);
        device.reset();
        assert!(!TestVmm::seen_log(&device).is_empty());
    }
}

#[test]
fn a_panic_of_the_engine_goes_on_in_run() {
    let host = SoftHost::with_engine(&HOST, |command| {
        assert!(u32::from(command.opcode) != sys::CMDQV_OP_CMD_SYNC, "engine");
        Executed::Done
    })
    .unwrap();
    let (mut device, ram) = device(&host, TestVmm::new(Panic::Never));
    bring_up(&mut device);
    ram.write(RING as usize, sys::CMDQV_OP_CMD_SYNC.into());
    let page = device.vmm().seen.lock().unwrap().page0.unwrap();
    register(&page, sys::CMDQV_REG_VCMDQ_CONFIG).store(1, Ordering::SeqCst);
    register(&page, sys::CMDQV_REG_VCMDQ_PROD).store(1, Ordering::SeqCst);
    assert!(catch_unwind(AssertUnwindSafe(|| while host.run(64).unwrap() > 0 {})).is_err());
}

#[test]
fn a_host_with_an_erratum_wants_a_guest_that_repeats() {
    let executed = Arc::new(AtomicU32::new(0));
    let host = SoftHost::with_engine(&HostConfig { errata: sys::CMDQV_SMMU_REPEAT, ..HOST }, {
        let executed = executed.clone();
        move |command| {
            if u32::from(command.opcode) == sys::CMDQV_OP_TLBI_NH_ALL {
                executed.fetch_add(1, Ordering::SeqCst);
            }
            Executed::Done
        }
    })
    .unwrap();
    assert!(matches!(Viommu::open_soft(host.create_vm().unwrap()), Err(Error::NotSupported(_))));
    let vm = host.create_vm().unwrap();
    assert_eq!(vm.query().unwrap().smmu_flags, sys::CMDQV_SMMU_REPEAT);
    vm.guest_repeats();
    let viommu = Viommu::open_soft(vm).unwrap();
    viommu.invalidate(&[[sys::CMDQV_OP_TLBI_NH_ALL.into(), 0]]).unwrap();
    assert_eq!(executed.load(Ordering::SeqCst), 1); // issued twice
    assert!(matches!(SoftHost::new(&HostConfig { errata: 2, ..HOST }), Err(Error::Invalid(_))));
}

#[test]
fn a_queue_over_a_granule_is_not_contiguous() {
    for (granule_bytes, bind_errno) in [(4096, 14), (8192, 0)] {
        let host = SoftHost::new(&HostConfig { cmdqs: 9, granule_bytes, ..HOST }).unwrap();
        let (viommu, _ram) = viommu(&host);
        let config = Config { cmdqs: 9, ..CONFIG };
        let mut device = Device::new(&config, viommu, TestVmm::new(Panic::Never)).unwrap();
        bring_up(&mut device);
        device.write(BASE, &(0x2000u64 | 9).to_le_bytes()); // 8 KiB
        assert_eq!(device.queue(0).unwrap().bind_errno, bind_errno);
    }
    assert!(matches!(SoftHost::new(&HostConfig { granule_bytes: 3, ..HOST }), Err(Error::Invalid(_))));
}

/// Both ways of an ATC_INV: by the guest's queue, and by the SMMU's own.
#[test]
fn an_engine_can_time_out() {
    let host = SoftHost::with_engine(&HOST, |command| match command.opcode.into() {
        sys::CMDQV_OP_ATC_INV => Executed::TimedOut,
        _ => Executed::Done,
    })
    .unwrap();
    let (mut device, ram) = device(&host, TestVmm::new(Panic::Never));
    let dev_id = device.viommu().soft_vm().unwrap().bind_device(0x100).unwrap();
    device.viommu().add_device(5, dev_id, None).unwrap();
    let atc_inv = u64::from(sys::CMDQV_OP_ATC_INV) | field(sys::CMDQV_CMD0_SID as u64, 5);
    let tlbi = [sys::CMDQV_OP_TLBI_NH_ALL.into(), 0];
    device.viommu().invalidate(&[tlbi]).unwrap();
    let stopped = device.viommu().invalidate(&[tlbi, [atc_inv, 52]]).unwrap_err();
    assert!(matches!(stopped.stop, Stop::Failed(Error::TimedOut(_))), "{}", stopped);

    bring_up(&mut device);
    let ring = [sys::CMDQV_OP_TLBI_NH_ASID.into(), 0, atc_inv, 52, sys::CMDQV_OP_CMD_SYNC.into(), 0];
    for (word, value) in ring.into_iter().enumerate() {
        ram.write(RING as usize + 8 * word, value);
    }
    let page = device.vmm().seen.lock().unwrap().page0.unwrap();
    register(&page, sys::CMDQV_REG_VCMDQ_CONFIG).store(1, Ordering::SeqCst);
    register(&page, sys::CMDQV_REG_VCMDQ_PROD).store(3, Ordering::SeqCst);
    while host.run(64).unwrap() > 0 {}
    let queue = device.queue(0).unwrap();
    assert!(queue.error_pending);
    assert_eq!(queue.cons, 2 | sys::CMDQV_CERROR_ATC_INV_SYNC << 24);
}

/// To drop what was thrown panics once more.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic_any(());
        }
    }
}

#[test]
fn no_panic_of_what_was_thrown_crosses_into_c() {
    let host = SoftHost::with_engine(&HOST, |command| {
        if u32::from(command.opcode) == sys::CMDQV_OP_CMD_SYNC {
            panic_any(Bomb);
        }
        Executed::Done
    })
    .unwrap();
    let (mut device, ram) = device(&host, TestVmm::new(Panic::Never));
    bring_up(&mut device);
    for entry in 0..2 {
        ram.write(RING as usize + 16 * entry, sys::CMDQV_OP_CMD_SYNC.into());
    }
    let page = device.vmm().seen.lock().unwrap().page0.unwrap();
    register(&page, sys::CMDQV_REG_VCMDQ_CONFIG).store(1, Ordering::SeqCst);
    register(&page, sys::CMDQV_REG_VCMDQ_PROD).store(2, Ordering::SeqCst);
    let caught = catch_unwind(AssertUnwindSafe(|| while host.run(64).unwrap() > 0 {})).unwrap_err();
    assert!(caught.is::<Bomb>());
    forget(caught);
    assert_eq!(device.queue(0).unwrap().cons, 2);
}

/// The test runs itself: what happens ends the process.
#[test]
fn a_panic_of_unmap_ends_the_process() {
    const AGAIN: &str = "CMDQV_TEST_UNMAP_PANICS";

    if env::var_os(AGAIN).is_some() {
        let host = SoftHost::new(&HOST).unwrap();
        let (mut device, _ram) = device(&host, TestVmm::new(Panic::OnUnmap));
        bring_up(&mut device);
        let _ = catch_unwind(AssertUnwindSafe(|| device.reset()));
        println!("it went on");
        return;
    }
    let again = |stderr: Stdio| {
        let ended = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_panic_of_unmap_ends_the_process", "--nocapture"])
            .env(AGAIN, "1")
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        assert!(!ended.status.success());
        assert!(!String::from_utf8_lossy(&ended.stdout).contains("it went on"));
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    assert!(again(Stdio::piped()).contains("page0_unmap() panicked"));
    // Where nothing can be written, as a VMM whose log is gone.
    let (deaf, _) = UnixStream::pair().unwrap();
    again(OwnedFd::from(deaf).into());
}

#[test]
fn a_device_outlives_its_host_and_moves_between_threads() {
    let host = SoftHost::new(&HOST).unwrap();
    let (viommu, _ram) = viommu(&host);
    let vmm: Box<dyn Vmm> = Box::new(TestVmm::new(Panic::Never));
    let mut device = Device::new(&CONFIG, viommu, vmm).unwrap();
    drop(host);
    thread::spawn(move || {
        bring_up(&mut device);
        assert!(device.state().page0_mapped);
    })
    .join()
    .unwrap();
}

#[test]
fn two_guests_and_an_engine_run_in_threads() {
    let host = SoftHost::new(&HOST).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let engine = thread::spawn({
        let (host, stop) = (host.clone(), stop.clone());
        move || {
            while !stop.load(Ordering::SeqCst) {
                if host.pending() {
                    host.run(64).unwrap();
                }
                thread::yield_now();
            }
        }
    });
    let guests: Vec<_> = (0..2)
        .map(|_| {
            let (mut device, ram) = device(&host, TestVmm::new(Panic::Never));
            thread::spawn(move || {
                bring_up(&mut device);
                let page = device.vmm().seen.lock().unwrap().page0.unwrap();
                let tlbi = u64::from(sys::CMDQV_OP_TLBI_NH_ASID) | field(sys::CMDQV_TLBI0_ASID as u64, 7);
                for entry in 0..16 {
                    ram.write(RING as usize + 16 * entry, if entry % 2 == 0 { tlbi } else { sys::CMDQV_OP_CMD_SYNC.into() });
                }
                register(&page, sys::CMDQV_REG_VCMDQ_CONFIG).store(1, Ordering::SeqCst);
                for round in 1..=100u32 {
                    register(&page, sys::CMDQV_REG_VCMDQ_PROD).store(2 * round % 32, Ordering::SeqCst);
                    while register(&page, sys::CMDQV_REG_VCMDQ_CONS).load(Ordering::SeqCst) != 2 * round % 32 {
                        let mut config = [0; 4];
                        device.read(0, &mut config);
                    }
                }
                assert!(device.viommu().hw_info().unwrap().num_lvcmdqs > 0);
            })
        })
        .collect();
    for guest in guests {
        guest.join().unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    engine.join().unwrap();
}

#[test]
fn what_an_smmu_traps_is_issued_until_a_command_is_refused() {
    let host = SoftHost::new(&HOST).unwrap();
    let vm = host.create_vm().unwrap();
    let dev_id = vm.bind_device(0x100).unwrap();
    let viommu = Viommu::open_soft(vm).unwrap();
    viommu.add_device(5, dev_id, None).unwrap();
    assert!(matches!(viommu.add_device(5, dev_id, None), Err(Error::Exists(_))));
    viommu.set_stream(5, Stream::Bypass).unwrap();
    viommu.set_stream(5, Stream::Abort).unwrap();
    assert!(viommu.set_stream(5, Stream::Translate([0b1111, 0])).is_err());
    assert!(matches!(viommu.set_stream(6, Stream::Bypass), Err(Error::NotFound(_))));
    let tlbi = [sys::CMDQV_OP_TLBI_NH_ALL.into(), 0];
    viommu.invalidate(&[tlbi; 100]).unwrap();
    let refused = viommu.invalidate(&[tlbi, tlbi, [0xFF, 0], tlbi]).unwrap_err();
    assert_eq!((refused.issued, &refused.stop), (2, &Stop::Refused(sys::CMDQV_CERROR_ILL)));
    assert!(refused.to_string().starts_with("command 2 is refused: illegal command"), "{}", refused);
    assert!(describe_ste([0b1111, 0]).starts_with("V=1 CFG=7 (stage 1 and 2)"));
    assert_eq!(viommu.event().unwrap(), None);
    assert!(viommu.event_fd().is_some());
    viommu.remove_device(5).unwrap();
    viommu.soft_vm().unwrap().unbind_device(dev_id).unwrap();
    assert_eq!(cmdqv::most_cmdqs(&viommu.hw_info().unwrap(), 4096).unwrap(), 8);
}

#[test]
fn events_are_numbered() {
    let host = SoftHost::new(&HOST).unwrap();
    let vm = host.create_vm().unwrap();
    vm.map_ram(0, Ram::new(1)).unwrap();
    let dev_id = vm.bind_device(0x100).unwrap();
    let viommu = Viommu::open_soft(vm).unwrap();
    viommu.add_device(5, dev_id, None).unwrap();
    viommu.set_stream(5, Stream::Translate([0b1011, 0])).unwrap(); // stage 1, with zeroes at address 0
    let access = sys::cmdqv_smmu_access { sid: 0x100, ..Default::default() };
    for number in 0..2 {
        let mut translation = sys::cmdqv_smmu_translation::default();
        // SAFETY: the host lives, and this is the only call.
        let err = unsafe {
            sys::cmdqv_smmu_translate(sys::cmdqv_soft_host_smmu(host.as_raw()), &access, &mut translation)
        };
        assert_eq!(err, -14);
        match viommu.event().unwrap() {
            Some(Event::Record { word, sequence, missed }) => {
                assert_eq!((word[0] as u32 & 0xFF, word[0] >> 32), (sys::CMDQV_SMMU_C_BAD_CD, 5));
                assert_eq!((sequence, missed), (number, 0));
            }
            other => panic!("{:?}", other),
        }
    }
}

/// C would take the second device for the first one, and neither block nor remove the first one any more.
#[test]
fn a_software_device_has_no_descriptor() {
    let host = SoftHost::new(&HOST).unwrap();
    let vm = host.create_vm().unwrap();
    let ids = [vm.bind_device(0x100).unwrap(), vm.bind_device(0x101).unwrap()];
    let viommu = Viommu::open_soft(vm).unwrap();
    let fd = Arc::new(OwnedFd::from(UnixStream::pair().unwrap().0));
    for (vsid, id) in (5..).zip(ids) {
        assert!(matches!(viommu.add_device(vsid, id, Some(fd.clone())), Err(Error::BadDescriptor(_))));
        viommu.add_device(vsid, id, None).unwrap();
    }
    viommu.set_stream(5, Stream::Bypass).unwrap();
    viommu.set_stream(5, Stream::Abort).unwrap();
    viommu.remove_device(5).unwrap();
}

#[test]
fn a_saved_device_goes_on_elsewhere() {
    let host = SoftHost::new(&HOST).unwrap();
    let (mut old, _ram) = device(&host, TestVmm::new(Panic::Never));
    let (mut new, _other_ram) = device(&host, TestVmm::new(Panic::Never));
    bring_up(&mut old);
    let saved = old.save().unwrap();
    new.restore(&saved).unwrap();
    assert_eq!(new.queue(0).unwrap().life, QueueLife::Bound);
    assert!(matches!(new.restore(&saved), Err(Error::Exists(_))));
    new.reset();
    assert!(matches!(new.restore(&saved[..10]), Err(Error::BadData(_))));
}

/// Device, vIOMMU and VM each issue invalidations as they go. Were one's panic to go on, that of the next
/// would end the process.
#[test]
fn a_drop_does_not_panic_with_the_engine() {
    let host = SoftHost::with_engine(&HOST, |_| panic!("engine")).unwrap();
    let vm = host.create_vm().unwrap();
    let dev_id = vm.bind_device(0x100).unwrap();
    vm.map_ram(0, Ram::new(256)).unwrap();
    let viommu = Viommu::open_soft(vm).unwrap();
    viommu.add_device(5, dev_id, None).unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| viommu.set_stream(5, Stream::Bypass)));
    let device = Device::new(&CONFIG, viommu, TestVmm::new(Panic::Never)).unwrap();
    drop(device);
}

#[test]
fn memory_is_given_back_however_it_is_unmapped() {
    let vm = SoftHost::new(&HOST).unwrap().create_vm().unwrap();
    let (low, high) = (Ram::new(1), Ram::new(1));
    vm.map_ram(0, low.clone()).unwrap();
    vm.map_ram(4096, high.clone()).unwrap();
    assert!(vm.unmap(4096, 8192).is_ok()); // the second one
    assert_eq!((Arc::strong_count(&low), Arc::strong_count(&high)), (2, 1));
    vm.map_ram(4096, high.clone()).unwrap();
    vm.unmap(0, 8192).unwrap();
    assert_eq!((Arc::strong_count(&low), Arc::strong_count(&high)), (1, 1));
}

#[test]
fn memory_is_given_back_when_the_engine_panics() {
    let host = SoftHost::with_engine(&HOST, |_| panic!("engine")).unwrap();
    let vm = host.create_vm().unwrap();
    let ram = Ram::new(1);
    vm.map_ram(0, ram.clone()).unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| vm.unmap(0, 4096)));
    assert_eq!(Arc::strong_count(&ram), 1);
}

/// An engine that panics once.
fn panic_once() -> impl FnMut(&sys::cmdqv_command) -> Executed {
    let mut panicked = false;
    move |_| {
        assert!(replace(&mut panicked, true), "engine");
        Executed::Done
    }
}

/// What an engine throws in a call of `sys` goes on in the next call of this crate.
fn panic_in_raw_call(vm: &SoftVm) {
    let ram = Ram::new(1);
    let memory = ram.word(0) as *const AtomicU64 as *mut c_void;
    let gpa = sys::cmdqv_gpa_t { value: 1 << 32 };
    // SAFETY: the VM lives, this is the only call, and the memory stays until it is unmapped.
    unsafe {
        assert_eq!(sys::cmdqv_soft_map_ram(vm.as_raw(), gpa, memory, 4096), 0);
        assert_eq!(sys::cmdqv_soft_unmap_ram(vm.as_raw(), gpa, 4096), 0);
    }
}

#[test]
fn memory_is_kept_where_a_late_panic_goes_on() {
    let host = SoftHost::with_engine(&HOST, panic_once()).unwrap();
    let vm = host.create_vm().unwrap();
    let ram = Ram::new(1);
    panic_in_raw_call(&vm);
    assert!(catch_unwind(AssertUnwindSafe(|| vm.map_ram(0, ram.clone()))).is_err());
    assert!(matches!(vm.map_ram(0, ram.clone()), Err(Error::Exists(_)))); // it is mapped
    assert_eq!(Arc::strong_count(&ram), 2);
}

/// VMs and vIOMMUs too: what C has made ends before the host does.
#[test]
fn what_is_made_is_not_lost_where_a_late_panic_goes_on() {
    const ONE_VINTF: HostConfig = HostConfig { log2_vintfs: 1, ..HOST };

    let host = SoftHost::with_engine(&ONE_VINTF, panic_once()).unwrap();
    let vm = host.create_vm().unwrap();
    panic_in_raw_call(&vm);
    assert!(catch_unwind(AssertUnwindSafe(|| Viommu::open_soft(vm))).is_err());
    Viommu::open_soft(host.create_vm().unwrap()).unwrap(); // its VINTF is free again

    let host = SoftHost::with_engine(&ONE_VINTF, panic_once()).unwrap();
    let vm = host.create_vm().unwrap();
    panic_in_raw_call(&vm);
    assert!(catch_unwind(AssertUnwindSafe(|| host.create_vm())).is_err()); // LeakSanitizer looks for it
}

/// The VMM's part must not throw in a later call, which has nothing to do with it.
#[test]
fn of_two_panics_in_one_call_one_goes_on() {
    let host = SoftHost::with_engine(&HOST, panic_once()).unwrap();
    let (mut device, _ram) = device(&host, TestVmm::new(Panic::OnRam));
    device.write(VINTF_CONFIG, &sys::CMDQV_VINTF_CONFIG_ENABLE.to_le_bytes());
    device.write(sys::CMDQV_REG_CMDQ_ALLOC.into(), &sys::CMDQV_CMDQ_ALLOC_ALLOCATED.to_le_bytes());
    panic_in_raw_call(device.viommu().soft_vm().unwrap());
    let base = (RING | 4).to_le_bytes();
    let caught = catch_unwind(AssertUnwindSafe(|| device.write(BASE, &base))).unwrap_err();
    assert!(caught.downcast_ref::<&str>().map_or(false, |said| *said == "engine"));
    assert!(!device.state().page0_mapped);
}

#[test]
fn a_vmm_asks_before_it_opens() {
    let vm = SoftHost::new(&HOST).unwrap().create_vm().unwrap();
    let asked = vm.query().unwrap();
    let viommu = Viommu::open_soft(vm).unwrap();
    let opened = viommu.hw_info().unwrap();
    assert_eq!((asked.num_lvcmdqs, asked.smmu_flags), (opened.num_lvcmdqs, opened.smmu_flags));
    assert_ne!(viommu.id(), 0);
    let (socket, _) = UnixStream::pair().unwrap();
    assert!(matches!(query_iommufd(socket.as_fd(), 1), Err(Error::WrongKind(_))));
}

/// On a socket, which is no iommufd: C has looked at what it was lent, and asks the kernel.
#[test]
fn a_viommu_is_adopted_as_it_is_opened() {
    let (iommufd, events) = UnixStream::pair().unwrap();
    let mut adopted = IommufdAdopted {
        iommufd: Arc::new(iommufd.into()),
        dev_id: 1,
        viommu_id: 2,
        cmdqv_events: Arc::new(events.into()),
        mmap_offset: 0x1000,
        mmap_length: 0x10000,
        smmu_events: None,
        guest_repeats: false,
    };
    assert!(matches!(Viommu::adopt_iommufd(&adopted), Err(Error::WrongKind(_))));
    adopted.mmap_length = 0x1000;
    let error = Viommu::adopt_iommufd(&adopted).err().unwrap();
    assert_eq!((error.errno(), error.why().id), (22, "bad-adoption"));
    assert_eq!(Arc::strong_count(&adopted.iommufd), 1);
    let IommufdAdopted { iommufd, dev_id, .. } = adopted;
    let config = IommufdConfig { iommufd, dev_id, hwpt_id: 3, guest_repeats: false };
    assert!(matches!(Viommu::open_iommufd(&config), Err(Error::WrongKind(_))));
}

#[test]
fn a_guest_is_told_by_acpi_or_by_a_device_tree() {
    let mut firmware = Firmware {
        base: 0x0B00_0000,
        bytes: sys::CMDQV_GUEST_BYTES.into(),
        gsiv: 75,
        smmu: 0,
        instance: 0,
        smmu_flags: 0,
    };
    let table = firmware.acpi().unwrap();
    assert!(table.starts_with(b"SSDT") && table.windows(8).any(|name| name == b"NVDA200C"));
    assert_eq!(table.len(), u32::from_le_bytes(table[4..8].try_into().unwrap()) as usize);
    assert_eq!(table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0);
    let node = firmware.device_tree().unwrap();
    assert_eq!(node.name, "cmdqv@b000000");
    let reg = node.properties.iter().find(|property| property.name == "reg").unwrap();
    assert_eq!(reg.value, [0, 0, 0, 0, 0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0]);
    let smmu = device_tree_of_smmu(7);
    assert_eq!((smmu[0].name, &smmu[1].value[..]), ("compatible", &[0, 0, 0, 7][..]));
    firmware.smmu_flags = sys::CMDQV_SMMU_REPEAT;
    assert!(matches!(firmware.acpi(), Err(Error::NotSupported(_))));
    firmware.base += 1;
    assert!(matches!(firmware.device_tree(), Err(Error::Invalid(_))));
}

/// A VMM that writes a trace, or not.
struct Tracer(Arc<Mutex<Vec<String>>>, bool);

impl Vmm for Tracer {
    fn page0_map(&mut self, _page: &Page0) -> Result<(), i32> {
        Ok(())
    }
    fn page0_unmap(&mut self) {}
    fn interrupt(&mut self) {}
    fn is_guest_ram(&mut self, _gpa: u64, _bytes: u64) -> bool {
        true
    }
    fn log(&mut self, _log: &Log<'_>) {}
    fn traces(&self) -> bool {
        self.1
    }
    fn trace(&mut self, event: &TraceEvent) {
        self.0.lock().unwrap().push(trace_line(event).unwrap());
    }
}

#[test]
fn a_vmm_traces_if_it_says_so() {
    let host = SoftHost::new(&HOST).unwrap();
    for (traces, expected) in [(true, vec!["W4 01000 1", "X reset"]), (false, vec![])] {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let vmm: Box<dyn Vmm> = Box::new(Tracer(lines.clone(), traces));
        let mut device = Device::new(&CONFIG, viommu(&host).0, vmm).unwrap();
        device.write(VINTF_CONFIG, &1u32.to_le_bytes());
        device.reset();
        assert_eq!(*lines.lock().unwrap(), expected);
    }
    assert_eq!(trace_line(&TraceEvent::default()), None);
}

#[test]
fn an_engine_sleeps_until_it_is_kicked() {
    let config = PollerConfig { cpus: 1, sleep_ns: 1, ..PollerConfig::default() };
    let mut poller = Poller::new(&config).unwrap();
    let (mut kick, kicked) = UnixStream::pair().unwrap();
    assert!((0..3000).all(|_| !poller.wait(false, Some(kicked.as_fd()))));
    kick.write_all(b"!").unwrap();
    assert!(!poller.wait(true, Some(kicked.as_fd()))); // with work it looks at no descriptor
    assert!((0..3000).any(|_| poller.wait(false, Some(kicked.as_fd()))));
    assert!(!poller.wait(false, None));
    let spins = PollerConfig { spins: u32::MAX, ..config };
    assert!(matches!(Poller::new(&spins), Err(Error::Invalid(_))));
}

#[test]
fn page_0_rests_until_the_next_write() {
    let host = SoftHost::new(&HOST).unwrap();
    let (mut device, _ram) = device(&host, TestVmm::new(Panic::Never));
    assert!(!device.page0_withdraw());
    bring_up(&mut device);
    assert!(device.vmm().seen.lock().unwrap().page0.unwrap().is_memory);
    assert!(device.page0_withdraw() && !device.state().page0_mapped);
    assert_eq!(device.state().page0, Page0Life::Resting);
    device.write(sys::CMDQV_VINTF_PAGE0.into(), &0u32.to_le_bytes());
    assert!(device.state().page0_mapped);
}
