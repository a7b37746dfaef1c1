package rwkvms.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gate sidecar}: work on sidecar files. */
@Command(name = "sidecar", description = "Works on sidecar files.", subcommands = {SidecarValidate.class,
        SidecarInspect.class, SidecarExport.class, SidecarMaterialize.class, SidecarSynthesize.class,
        SidecarCompare.class})
final class SidecarCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(),
                "expected a command: validate, inspect, export, materialize, synthesize or compare, found none");
    }
}
