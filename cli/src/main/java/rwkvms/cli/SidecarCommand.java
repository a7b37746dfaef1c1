package rwkvms.cli;

import picocli.CommandLine.Command;

/** {@code gate sidecar}: works on sidecar files. */
@Command(name = "sidecar", description = "Works on sidecar files.", subcommands = {SidecarValidate.class,
        SidecarInspect.class, SidecarExport.class, SidecarMaterialize.class, SidecarSynthesize.class,
        SidecarCompare.class})
final class SidecarCommand extends CommandGroup {
}
